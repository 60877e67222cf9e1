using EventBus.Diagnostics;

namespace EventBus;

/// <summary>Answers how the bus is doing: counters, health, and when it has nothing left to do.</summary>
/// <remarks>Registered as a singleton. Every member may be called from any thread at once.</remarks>
public interface IEventBusMonitor
{
    /// <summary>Takes the counters of the bus and of each subscription.</summary>
    /// <returns>
    /// A copy. The counters of one subscription are taken together, so the conservation law holds in each copy, also while
    /// events flow.
    /// </returns>
    EventBusStatistics GetStatistics();

    /// <summary>Judges the bus by its queues, its dead letters and whether it takes events.</summary>
    /// <returns>The worst finding and all that were made.</returns>
    EventBusHealth CheckHealth();

    /// <summary>Waits until nothing is queued and no handler runs.</summary>
    /// <param name="cancellationToken">Ends the waiting alone.</param>
    /// <returns>
    /// A task that ends at the first moment without queued or running deliveries. A delivery that waits for its retry, for another of its key,
    /// or for others to make a batch, counts as neither: <see cref="EventBusStatistics.NextRetryAt"/> tells when it goes on. Nor does a delayed
    /// one whose time has not come (<see cref="EventBusStatistics.NextDelayAt"/>), or one that a paused subscription holds. A publish that has
    /// not been awaited counts
    /// from the moment a subscription accepts it. A handler that awaits this waits for itself. An inline
    /// handler that completes without waiting belongs to its publisher, and is not seen.
    /// </returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    ValueTask WhenIdleAsync(CancellationToken cancellationToken = default);

    /// <summary>Waits until nothing is pending: every accepted delivery has succeeded or is a dead letter.</summary>
    /// <param name="cancellationToken">Ends the waiting alone.</param>
    /// <returns>
    /// A task that ends at the first moment without pending deliveries. Retries and the windows of batches are waited for, however late they
    /// are, and what a paused subscription holds; delayed events are not.
    /// </returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    ValueTask WhenSettledAsync(CancellationToken cancellationToken = default);
}
