namespace EventBus.Diagnostics;

/// <summary>What became of deliveries: <c>Accepted = Succeeded + DeadLettered + Pending</c>, at every moment.</summary>
/// <remarks>
/// A delivery is one event for one subscription. <see cref="Pending"/> is counted, not derived, so the equation is a check and
/// not a definition. Counts start at zero with the process.
/// </remarks>
public sealed record DeliveryCounts
{
    /// <summary>Deliveries the bus took on, redriven ones included.</summary>
    public long Accepted { get; init; }

    /// <summary>Deliveries whose handler ended well.</summary>
    public long Succeeded { get; init; }

    /// <summary>Deliveries given up, each with a dead letter.</summary>
    public long DeadLettered { get; init; }

    /// <summary>Deliveries that wait in the queue for a handler, or for another of their key to end.</summary>
    public long Queued { get; init; }

    /// <summary>Deliveries in a handler's hands, or being settled.</summary>
    public long Running { get; init; }

    /// <summary>Deliveries that wait for the time of their retry.</summary>
    public long WaitingForRetry { get; init; }

    /// <summary>Deliveries not yet ended: queued, running or waiting for a retry.</summary>
    public long Pending => Queued + Running + WaitingForRetry;

    /// <summary>Whether every accepted delivery is accounted for.</summary>
    public bool IsConserved => Accepted == Succeeded + DeadLettered + Pending;

    /// <summary>Events that the filter turned away. They were not accepted.</summary>
    public long Filtered { get; init; }

    /// <summary>Retries by the bus, counted when the wait for one begins.</summary>
    public long Retries { get; init; }

    /// <summary>Deliveries taken beyond the queue's capacity because a handler published them, or because their delay was over.</summary>
    public long Overflowed { get; init; }

    /// <summary>Events refused to the publisher because the queue was full. They were not accepted.</summary>
    public long Rejected { get; init; }

    /// <summary>Deliveries taken again from the dead letters. Counted in <see cref="Accepted"/> too.</summary>
    public long Redriven { get; init; }

    /// <summary>Attempts given up because their handler went on after its token had fired.</summary>
    public long Abandoned { get; init; }

    /// <summary>Abandoned handlers that ended after all, too late to count.</summary>
    public long LateEnds { get; init; }

    /// <summary>
    /// Deliveries of an idempotent subscription that ended without its handler, because their key was done. Counted in
    /// <see cref="Succeeded"/> too.
    /// </summary>
    public long Duplicates { get; init; }

    /// <summary>
    /// Deliveries that wait for the time their publisher chose. They are not accepted yet, and no part of <see cref="Pending"/>.
    /// </summary>
    public long Delayed { get; init; }

    /// <summary>Delayed deliveries that were taken back before their time. They were never accepted.</summary>
    public long DelaysCancelled { get; init; }

    internal DeliveryCounts Plus(DeliveryCounts other) => new()
    {
        Accepted = Accepted + other.Accepted,
        Succeeded = Succeeded + other.Succeeded,
        DeadLettered = DeadLettered + other.DeadLettered,
        Queued = Queued + other.Queued,
        Running = Running + other.Running,
        WaitingForRetry = WaitingForRetry + other.WaitingForRetry,
        Filtered = Filtered + other.Filtered,
        Retries = Retries + other.Retries,
        Overflowed = Overflowed + other.Overflowed,
        Rejected = Rejected + other.Rejected,
        Redriven = Redriven + other.Redriven,
        Abandoned = Abandoned + other.Abandoned,
        LateEnds = LateEnds + other.LateEnds,
        Duplicates = Duplicates + other.Duplicates,
        Delayed = Delayed + other.Delayed,
        DelaysCancelled = DelaysCancelled + other.DelaysCancelled,
    };
}
