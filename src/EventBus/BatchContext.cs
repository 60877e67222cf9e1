using EventBus.Delivering;

namespace EventBus;

/// <summary>What a batch handler may know about the events of its batch, and where it reports those that failed.</summary>
/// <remarks>
/// Valid until the handler's task ends; used later, it throws <see cref="InvalidOperationException"/>. Until then every member may be called
/// from several threads at once.
/// </remarks>
public sealed class BatchContext
{
    private readonly EventContext _call;
    private readonly IReadOnlyList<Delivery> _members = [];
    private readonly IReadOnlyList<EventMetadata> _metadata = [];
    private readonly string _subscriptionName;
    private Exception?[]? _failures;

    /// <summary>Makes a context to call a batch handler with, in a test.</summary>
    /// <param name="metadata">The metadata of each event, in the order of the events.</param>
    /// <param name="subscriptionName">The subscription's name.</param>
    /// <exception cref="ArgumentNullException"><paramref name="metadata"/> or <paramref name="subscriptionName"/> is null.</exception>
    public BatchContext(IReadOnlyList<EventMetadata> metadata, string subscriptionName)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(subscriptionName);
        _metadata = metadata;
        _subscriptionName = subscriptionName;
        Count = metadata.Count;
    }

    internal BatchContext(IReadOnlyList<Delivery> members, EventContext call)
    {
        _members = members;
        _call = call;
        _subscriptionName = call.SubscriptionName;
        Count = members.Count;
    }

    /// <summary>How many events the batch has.</summary>
    /// <value>1 or more.</value>
    public int Count { get; }

    /// <summary>The name of the subscription whose handler runs.</summary>
    public string SubscriptionName
    {
        get
        {
            _call.ThrowIfOver();
            return _subscriptionName;
        }
    }

    /// <summary>When this call's token will fire because its time is up. UTC; null without a bus or without a timeout.</summary>
    /// <remarks>
    /// Where the subscription sets no timeout of its own, time is counted from the handler's first wait or from the first look
    /// at this property, whichever comes first.
    /// </remarks>
    public DateTimeOffset? Deadline => _call.Deadline;

    /// <summary>Tells what is known about one event: id, time, correlation, headers.</summary>
    /// <param name="index">Its place in the batch, from 0.</param>
    /// <returns>An immutable object, which may outlive the handler. Made when it is first asked for.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is no place in the batch.</exception>
    /// <exception cref="InvalidOperationException">The handler has ended.</exception>
    public EventMetadata MetadataOf(int index)
    {
        Check(index);
        return _members.Count == 0 ? _metadata[index] : _members[index].Envelope.Metadata;
    }

    /// <summary>Tells which attempt this is at one event: 1 for its first, 2 for its first retry. Each event of a batch has its own.</summary>
    /// <param name="index">Its place in the batch, from 0.</param>
    /// <returns>1 or more.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is no place in the batch.</exception>
    /// <exception cref="InvalidOperationException">The handler has ended.</exception>
    public int AttemptOf(int index)
    {
        Check(index);
        return _members.Count == 0 ? 1 : _members[index].Attempts;
    }

    /// <summary>Reports that one event could not be handled. It alone is retried, or becomes a dead letter; the others have succeeded.</summary>
    /// <param name="index">Its place in the batch, from 0.</param>
    /// <param name="exception">Why: as if a handler of that event alone had thrown it. Of several reports on one event the last counts.</param>
    /// <exception cref="ArgumentNullException"><paramref name="exception"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is no place in the batch.</exception>
    /// <exception cref="InvalidOperationException">The handler has ended.</exception>
    /// <remarks>
    /// The handler goes on, and should end well: an exception that it throws fails all events. With an order by key, the later events of the
    /// same key in this batch are handled again behind this one, whatever became of them here.
    /// </remarks>
    public void Fail(int index, Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        Check(index);
        Exception?[] failures = Volatile.Read(ref _failures)
            ?? Interlocked.CompareExchange(ref _failures, new Exception?[Count], null)
            ?? _failures;
        Volatile.Write(ref failures[index], exception);
    }

    /// <summary>Tells what was reported about one event, for tests and for handlers that wrap others.</summary>
    /// <param name="index">Its place in the batch, from 0.</param>
    /// <returns>The exception; null where none was reported.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is no place in the batch.</exception>
    /// <exception cref="InvalidOperationException">The handler has ended.</exception>
    public Exception? FailureOf(int index)
    {
        Check(index);
        return FindFailure(index);
    }

    /// <summary>As <see cref="FailureOf"/>, for the bus, when the handler has ended.</summary>
    internal Exception? FindFailure(int index) => Volatile.Read(ref _failures) is { } failures ? Volatile.Read(ref failures[index]) : null;

    private void Check(int index)
    {
        _call.ThrowIfOver();
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
    }
}
