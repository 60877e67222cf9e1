namespace EventBus.Diagnostics;

/// <summary>The names and attributes that all spans and measurements of one operation have in common, so that they are made once.</summary>
/// <remarks>Immutable: nobody writes into the arrays.</remarks>
internal sealed class Labels
{
    /// <param name="operation">Its name.</param>
    /// <param name="operationType">Its type by the conventions.</param>
    /// <param name="typeName">The event type's stable name.</param>
    /// <param name="subscription">The subscription's name; null where the event as a whole is meant.</param>
    public Labels(string operation, string operationType, string typeName, string? subscription)
    {
        TypeName = typeName;
        Subscription = subscription;
        SpanName = $"{operation} {typeName}";
        KeyValuePair<string, object?> system = new("messaging.system", "eventbus");
        KeyValuePair<string, object?> name = new("messaging.operation.name", operation);
        KeyValuePair<string, object?> type = new("messaging.operation.type", operationType);
        KeyValuePair<string, object?> destination = new("messaging.destination.name", typeName);
        KeyValuePair<string, object?>[] receiver =
            subscription is null ? [] : [new("messaging.destination.subscription.name", subscription)];
        OfSpan = [system, name, type, destination];
        OfMeasurement = [system, name, destination, .. receiver];
        OfOperation = [system, name, destination, type, .. receiver];
    }

    public string TypeName { get; }

    public string? Subscription { get; }

    public string SpanName { get; }

    /// <summary>Those of a span that stand before the event's own.</summary>
    public KeyValuePair<string, object?>[] OfSpan { get; }

    public KeyValuePair<string, object?>[] OfMeasurement { get; }

    /// <summary>Those of the one metric that tells operations apart by their type, too.</summary>
    public KeyValuePair<string, object?>[] OfOperation { get; }

    /// <summary>The same labels and one more, where it has a value.</summary>
    public static KeyValuePair<string, object?>[] With(KeyValuePair<string, object?>[] labels, string key, string? value) =>
        value is null ? labels : [.. labels, new(key, value)];
}
