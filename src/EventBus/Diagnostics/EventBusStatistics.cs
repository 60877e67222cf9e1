namespace EventBus.Diagnostics;

/// <summary>The counters of the bus.</summary>
/// <param name="Published">Events published, whether or not anybody subscribes.</param>
/// <param name="Unmatched">Events that no subscription took: none exists for the type, or every filter turned it away.</param>
/// <param name="Subscriptions">The living subscriptions, in the order in which they were made.</param>
/// <param name="Total">The sum over all subscriptions, ended ones included.</param>
/// <param name="NextRetryAt">When the next delivery that waits for a retry, or for others to make a batch, goes on; null where none waits. UTC.</param>
public sealed record EventBusStatistics(
    long Published,
    long Unmatched,
    IReadOnlyList<SubscriptionStatistics> Subscriptions,
    DeliveryCounts Total,
    DateTimeOffset? NextRetryAt)
{
    /// <summary>
    /// Publishes that went to nobody, because their <see cref="PublishOptions.DeduplicationId"/> had been accepted within the window. Not
    /// counted in <see cref="Published"/>.
    /// </summary>
    public long Deduplicated { get; init; }

    /// <summary>When the next delayed event is due; null where none waits. UTC.</summary>
    public DateTimeOffset? NextDelayAt { get; init; }

    /// <summary>The schedules, in the order in which they were added. Never null.</summary>
    public IReadOnlyList<ScheduleStatistics> Schedules { get; init; } = [];

    /// <summary>Replies to <see cref="EventBusAwaitingExtensions.RequestAsync"/> that came after their request had timed out.</summary>
    public long LateReplies { get; init; }

    /// <summary>Finds the counters of one subscription.</summary>
    /// <param name="subscription">The subscription's name.</param>
    /// <returns>Its counters.</returns>
    /// <exception cref="KeyNotFoundException">No living subscription has that name.</exception>
    public DeliveryCounts this[string subscription] =>
        Subscriptions.FirstOrDefault(candidate => candidate.Name == subscription)?.Counts
        ?? throw new KeyNotFoundException(
            $"No subscription is named '{subscription}'. Known are: {string.Join(", ", Subscriptions.Select(each => each.Name))}.");
}
