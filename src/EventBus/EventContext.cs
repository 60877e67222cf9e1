using EventBus.Delivering;

namespace EventBus;

/// <summary>What a handler may know about the event it handles and about this attempt.</summary>
/// <remarks>
/// <para>Valid until the handler's task ends, and where several inline handlers complete at once, until the last of them has; a member read
/// later throws <see cref="InvalidOperationException"/>. Take
/// <see cref="Metadata"/> along if work goes on elsewhere: it is immutable. Metadata that nobody asks for is never made.</para>
/// <para>A default value answers with empty values, so that a handler can be unit-tested without a bus.</para>
/// </remarks>
public readonly struct EventContext
{
    private readonly Attempt? _attempt;
    private readonly int _version;

    /// <summary>Makes a context to call a handler with, in a test.</summary>
    /// <param name="metadata">The event's metadata.</param>
    /// <param name="subscriptionName">The subscription's name.</param>
    /// <param name="attempt">Which attempt this is, from 1.</param>
    /// <exception cref="ArgumentNullException"><paramref name="metadata"/> or <paramref name="subscriptionName"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="attempt"/> is less than 1.</exception>
    public EventContext(EventMetadata metadata, string subscriptionName, int attempt = 1)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(subscriptionName);
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        _attempt = new Attempt(Envelope.Of(metadata), subscriptionName, attempt);
        _version = _attempt.Version;
    }

    internal EventContext(Attempt attempt)
        : this(attempt, attempt.Version)
    {
    }

    internal EventContext(Attempt attempt, int version)
    {
        _attempt = attempt;
        _version = version;
    }

    /// <summary>All metadata of the event as one immutable object, which may outlive the handler.</summary>
    public EventMetadata Metadata => Valid()?.Envelope.Metadata ?? Envelope.NoMetadata;

    /// <summary>Identifies the event: the same in every subscription, attempt and redrive.</summary>
    public Guid EventId => Metadata.EventId;

    /// <summary>When the event was published, unless its publisher named another time. UTC.</summary>
    public DateTimeOffset OccurredAt => Metadata.OccurredAt;

    /// <summary>The event type's stable name.</summary>
    public string TypeName => Metadata.TypeName;

    /// <summary>The name of the subscription whose handler runs.</summary>
    public string SubscriptionName => Valid()?.SubscriptionNameAt(_version) ?? "";

    /// <summary>Which attempt this is: 1 for the first, 2 for the first retry.</summary>
    public int Attempt => Valid()?.Number ?? 1;

    /// <summary>Shared by all events of one conversation.</summary>
    public string CorrelationId => Metadata.CorrelationId;

    /// <summary>The id of the event whose handler published this one; null where it was published outside a handler.</summary>
    public Guid? CausationId => Metadata.CausationId;

    /// <summary>How many handlers stand between this event and the start of its chain.</summary>
    public int HopCount => Metadata.HopCount;

    /// <summary>The publisher's own values. Never null.</summary>
    public IReadOnlyDictionary<string, string> Headers => Metadata.Headers;

    /// <summary>When this attempt's token will fire because its time is up. UTC; null without a bus or without a timeout.</summary>
    /// <remarks>
    /// Where the subscription sets no timeout of its own, time is counted from the handler's first wait or from the first look
    /// at this property, whichever comes first.
    /// </remarks>
    public DateTimeOffset? Deadline => Valid()?.DeadlineAt(_version);

    /// <summary>Throws where the handler has ended.</summary>
    internal void ThrowIfOver() => _ = Valid();

    private Attempt? Valid()
    {
        if (_attempt is not null && !_attempt.IsValid(_version))
        {
            throw new InvalidOperationException(
                "The context of an event was used after its handler had ended. " +
                "What it described is over, and the memory may describe another event by now. " +
                "Await the work inside the handler, or keep context.Metadata, which may outlive it.");
        }

        return _attempt;
    }
}
