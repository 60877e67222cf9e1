namespace EventBus.DeadLettering;

/// <summary>A delivery given up: the event, the subscription that could not take it, and what went wrong.</summary>
/// <remarks>Immutable, as far as the event is.</remarks>
public sealed record DeadLetter
{
    /// <summary>Identifies the letter. Two subscriptions that fail on one event make two letters.</summary>
    public required Guid Id { get; init; }

    /// <summary>The event, as it was published.</summary>
    public required object Event { get; init; }

    /// <summary>The event's metadata: id, time, type name, correlation and so on.</summary>
    public required EventMetadata Metadata { get; init; }

    /// <summary>The name of the subscription that failed.</summary>
    public required string Subscription { get; init; }

    /// <summary>Why the delivery was given up.</summary>
    public required DeadLetterReason Reason { get; init; }

    /// <summary>How many attempts were made since the event was published or last redriven; 0 where the handler was never called.</summary>
    public required int Attempts { get; init; }

    /// <summary>The failures, oldest first: the first and the latest 31, also those from before a redrive.</summary>
    public required IReadOnlyList<DeliveryFailure> Failures { get; init; }

    /// <summary>When the delivery was given up. UTC.</summary>
    public required DateTimeOffset DeadLetteredAt { get; init; }

    /// <summary>How often this delivery had been redriven before it failed this time.</summary>
    public int Redrives { get; init; }

    /// <summary>
    /// The text of the key that the subscription handles its events in order by; null where it has none, or the event never came to its
    /// place in that order.
    /// </summary>
    public string? OrderKey { get; init; }
}
