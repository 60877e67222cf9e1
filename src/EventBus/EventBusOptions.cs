using System.Text.Json;
using EventBus.Diagnostics;

namespace EventBus;

/// <summary>What holds for the whole bus. Set with <see cref="EventBusBuilder.Configure"/> or under <c>EventBus</c> in the configuration.</summary>
/// <remarks>Read once, when the bus is built.</remarks>
public sealed class EventBusOptions
{
    /// <summary>How many dead letters the in-memory store keeps. When it is full the oldest is evicted, with a metric and a warning.</summary>
    /// <value>1 or more; 10,000 by default.</value>
    public int DeadLetterCapacity { get; set; } = 10_000;

    /// <summary>How many handlers may stand between an event and the start of its chain before the chain is stopped.</summary>
    /// <value>1 or more; 16 by default. Retries do not count.</value>
    public int MaxHops { get; set; } = 16;

    /// <summary>How long a handler may take to end once its token has fired, before its place is given away.</summary>
    /// <value>Zero or more; 2 seconds by default. Zero gives the place away at once.</value>
    public TimeSpan AbandonAfter { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long disposing the bus waits for queued events where no host sets a deadline.</summary>
    /// <value>Zero or more; 30 seconds by default. Under a host, the host's shutdown timeout counts instead.</value>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an accepted publish with a <see cref="PublishOptions.DeduplicationId"/> keeps others with the same id from being delivered.</summary>
    /// <value>Above zero; 5 minutes by default. Each id is kept in memory for this long.</value>
    public TimeSpan DeduplicationWindow { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The share of a queue's capacity from which health calls it degraded.</summary>
    /// <value>Above 0, up to 1; 0.8 by default.</value>
    public double DegradedQueueFill { get; set; } = 0.8;

    /// <summary>The number of dead letters from which health calls the bus degraded.</summary>
    /// <value>1 or more; 1 by default.</value>
    public int DegradedDeadLetters { get; set; } = 1;

    /// <summary>How the span of a queued delivery is tied to the publisher's.</summary>
    /// <value><see cref="Diagnostics.TraceParenting.Child"/> by default.</value>
    public TraceParenting TraceParenting { get; set; } = TraceParenting.Child;

    /// <summary>How the events would be written as JSON, which is where patterns take the names and forms of their fields from.</summary>
    /// <value>Null by default: names in camel case. Set in code alone.</value>
    public JsonSerializerOptions? PatternJsonOptions { get; set; }
}
