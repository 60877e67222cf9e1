namespace EventBus.Diagnostics;

/// <summary>The counters of one subscription.</summary>
/// <param name="Name">The subscription's name.</param>
/// <param name="EventType">The type it subscribes to, by full name.</param>
/// <param name="QueueCapacity">The capacity of its queue; null for an inline subscription.</param>
/// <param name="Counts">What became of its deliveries, taken at one moment.</param>
public sealed record SubscriptionStatistics(string Name, string EventType, int? QueueCapacity, DeliveryCounts Counts)
{
    /// <summary>How the subscription is paused; null where it is not.</summary>
    public PauseMode? Paused { get; init; }
}
