using EventBus.Diagnostics;

namespace EventBus.Publishing;

/// <summary>Reads the state of the bus.</summary>
internal sealed class BusMonitor(BusParts parts, BusLifetime lifetime) : IEventBusMonitor
{
    public EventBusStatistics GetStatistics()
    {
        long published = 0;
        long unmatched = 0;
        foreach (Topic topic in parts.Topics.All)
        {
            published += topic.Published;
            unmatched += topic.Unmatched;
        }

        (IReadOnlyList<SubscriptionStatistics> living, DeliveryCounts total) = parts.Catalog.Read();
        return new EventBusStatistics(published, unmatched, living, total, parts.Environment.Alarms.Next)
        {
            Deduplicated = parts.Topics.Deduplication.Duplicates,
            NextDelayAt = parts.Delays.NextAt,
            Schedules = parts.Schedules.Read(),
            LateReplies = parts.Environment.Telemetry.LateReplies,
        };
    }

    public EventBusHealth CheckHealth()
    {
        EventBusHealthStatus status = EventBusHealthStatus.Healthy;
        List<string> findings = [];
        void Find(EventBusHealthStatus severity, string finding)
        {
            status = severity > status ? severity : status;
            findings.Add(finding);
        }

        if (lifetime.IsLeaving)
        {
            Find(EventBusHealthStatus.Unhealthy, "The bus is stopping or has stopped.");
        }

        foreach (SubscriptionStatistics subscription in parts.Catalog.Read().Living)
        {
            if (subscription.QueueCapacity is { } capacity
                && subscription.Counts.Queued >= capacity * parts.Options.DegradedQueueFill)
            {
                Find(
                    EventBusHealthStatus.Degraded,
                    $"The queue of '{subscription.Name}' holds {subscription.Counts.Queued} of {capacity} events.");
            }

            if (subscription.Paused is { } mode)
            {
                Find(EventBusHealthStatus.Degraded, $"'{subscription.Name}' is paused ({mode}).");
            }

            long zombies = subscription.Counts.Abandoned - subscription.Counts.LateEnds;
            if (zombies > 0)
            {
                Find(EventBusHealthStatus.Degraded, $"'{subscription.Name}' has {zombies} abandoned handlers that have not ended.");
            }
        }

        int letters = parts.Environment.DeadLetters.Count;
        if (letters >= parts.Options.DegradedDeadLetters)
        {
            Find(EventBusHealthStatus.Degraded, $"{letters} dead letters wait to be redriven or discarded.");
        }

        return new EventBusHealth(status, findings);
    }

    public ValueTask WhenSettledAsync(CancellationToken cancellationToken) =>
        new(parts.WhenSettledAsync().WaitAsync(cancellationToken));

    public ValueTask WhenIdleAsync(CancellationToken cancellationToken) =>
        new(parts.Environment.Active.WhenNoneAsync().WaitAsync(cancellationToken));
}
