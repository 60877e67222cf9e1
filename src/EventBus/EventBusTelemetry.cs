namespace EventBus;

/// <summary>The names under which the bus reports, for OpenTelemetry's <c>AddSource</c> and <c>AddMeter</c>.</summary>
public static class EventBusTelemetry
{
    /// <summary>The name of the <see cref="System.Diagnostics.ActivitySource"/> of all spans.</summary>
    public const string ActivitySourceName = "EventBus";

    /// <summary>The name of the <see cref="System.Diagnostics.Metrics.Meter"/> of all metrics.</summary>
    public const string MeterName = "EventBus";

    /// <summary>The version of the OpenTelemetry conventions that names and attributes follow.</summary>
    public const string SchemaUrl = "https://opentelemetry.io/schemas/1.44.0";
}
