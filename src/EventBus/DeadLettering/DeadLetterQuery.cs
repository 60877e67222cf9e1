namespace EventBus.DeadLettering;

/// <summary>Which dead letters are meant. Conditions that are set must all hold; an empty query means all.</summary>
public sealed record DeadLetterQuery
{
    /// <summary>Only letters of this subscription. Null: of any.</summary>
    public string? Subscription { get; init; }

    /// <summary>Only letters given up for this reason. Null: for any.</summary>
    public DeadLetterReason? Reason { get; init; }

    /// <summary>Only letters whose event has this type name. Null: any.</summary>
    public string? TypeName { get; init; }

    /// <summary>Only letters of this event. Null: of any.</summary>
    public Guid? EventId { get; init; }

    /// <summary>Only letters of this conversation. Null: of any.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Only letters with this <see cref="DeadLetter.OrderKey"/>. Null: with any, or none.</summary>
    public string? OrderKey { get; init; }

    /// <summary>Only letters given up at this time or later. Null: no lower bound.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only letters given up before this time. Null: no upper bound.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>At most this many letters, the oldest ones. Null: no limit. Zero or less: none.</summary>
    public int? Limit { get; init; }

    /// <summary>Tells whether a letter meets every condition but <see cref="Limit"/>. For writers of a store.</summary>
    /// <param name="letter">The letter to look at.</param>
    /// <returns>True when it meets all conditions that are set.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="letter"/> is null.</exception>
    public bool Matches(DeadLetter letter)
    {
        ArgumentNullException.ThrowIfNull(letter);
        return (Subscription is null || Subscription == letter.Subscription)
            && (Reason is null || Reason == letter.Reason)
            && (TypeName is null || TypeName == letter.Metadata.TypeName)
            && (EventId is null || EventId == letter.Metadata.EventId)
            && (CorrelationId is null || CorrelationId == letter.Metadata.CorrelationId)
            && (OrderKey is null || OrderKey == letter.OrderKey)
            && (From is null || letter.DeadLetteredAt >= From)
            && (Before is null || letter.DeadLetteredAt < Before);
    }
}
