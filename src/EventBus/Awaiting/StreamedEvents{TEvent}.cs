namespace EventBus.Awaiting;

/// <summary>The events of a type as a sequence. Each enumeration has a subscription and a buffer of its own.</summary>
/// <typeparam name="TEvent">The event's class, record or struct, or a base class or interface of several.</typeparam>
/// <remarks>Thread-safe; each enumerator is for one reader.</remarks>
public sealed class StreamedEvents<TEvent> : IAsyncEnumerable<TEvent>
    where TEvent : notnull
{
    private readonly IEventBus _bus;
    private readonly Func<TEvent, bool>? _filter;
    private readonly int _capacity;
    private readonly StreamFullMode _fullMode;
    private readonly CancellationToken _cancellationToken;
    private long _dropped;

    internal StreamedEvents(IEventBus bus, Func<TEvent, bool>? filter, StreamOptions options, CancellationToken cancellationToken)
    {
        (_bus, _filter, _cancellationToken) = (bus, filter, cancellationToken);
        (_capacity, _fullMode) = (options.Capacity, options.FullMode);
        if (_capacity < 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options),
                _capacity,
                "A stream without room for an event could never be read. Write 1 or more: new StreamOptions { Capacity = 1_024 }.");
        }

        if (!Enum.IsDefined(_fullMode))
        {
            throw new ArgumentOutOfRangeException(
                nameof(options),
                _fullMode,
                "There is no such StreamFullMode. " +
                "Write StreamFullMode.DropOldest, StreamFullMode.DropNewest, StreamFullMode.Wait or StreamFullMode.Fail.");
        }
    }

    /// <summary>How many events were dropped because a reader was slow, over all enumerations so far.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Subscribes, and takes events from now on.</summary>
    /// <param name="cancellationToken">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// The enumerator. It takes events until it is disposed, its token is cancelled or the bus has stopped; in the last case the
    /// enumeration ends after what is buffered. Disposing it drops what is buffered, and waits for nobody.
    /// </returns>
    /// <exception cref="Publishing.EventBusStoppedException">The bus is stopping or has stopped.</exception>
    public IAsyncEnumerator<TEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        StreamBuffer<TEvent> buffer = new(_capacity, _fullMode, CountDropped);
        return new StreamedEventReader<TEvent>(_bus, _filter, buffer, _cancellationToken, cancellationToken);
    }

    private void CountDropped() => Interlocked.Increment(ref _dropped);
}
