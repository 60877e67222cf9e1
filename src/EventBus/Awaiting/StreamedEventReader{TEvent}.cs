namespace EventBus.Awaiting;

/// <summary>One enumeration of a stream: its subscription, its buffer and its end.</summary>
/// <remarks>For one reader, but for what publishers call.</remarks>
internal sealed class StreamedEventReader<TEvent> : IAsyncEnumerator<TEvent>, IThreadPoolWorkItem
    where TEvent : notnull
{
    private readonly Func<TEvent, bool>? _filter;
    private readonly StreamBuffer<TEvent> _buffer;
    private readonly AwaitingNames _names;
    private readonly IEventSubscription _subscription;
    private readonly CancellationTokenSource? _linked;
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenRegistration _stop;
    private int _isDisposed;

    /// <exception cref="Publishing.EventBusStoppedException">The bus is stopping or has stopped.</exception>
    public StreamedEventReader(
        IEventBus bus,
        Func<TEvent, bool>? filter,
        StreamBuffer<TEvent> buffer,
        CancellationToken ofStream,
        CancellationToken ofEnumeration)
    {
        _filter = filter;
        _buffer = buffer;
        _names = AwaitingDesk.Of(bus).Names;
        _subscription = Subscribe(bus);
        _linked = ofStream.CanBeCanceled && ofEnumeration.CanBeCanceled
            ? CancellationTokenSource.CreateLinkedTokenSource(ofStream, ofEnumeration)
            : null;
        _cancellationToken = _linked?.Token ?? (ofStream.CanBeCanceled ? ofStream : ofEnumeration);
        _stop = bus.Stopped.UnsafeRegister(static state => ((StreamBuffer<TEvent>)state!).Complete(), buffer);
    }

    public TEvent Current { get; private set; } = default!;

    public async ValueTask<bool> MoveNextAsync()
    {
        (bool isEvent, TEvent @event) = await _buffer.TakeAsync(_cancellationToken).ConfigureAwait(Continuation.Capture);
        Current = @event;
        return isEvent;
    }

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _buffer.Discard();
            _stop.Unregister();
            _linked?.Dispose();
            Continuation.Start(this);
        }

        return default;
    }

    /// <summary>Ends the subscription, outside of every handler: inside one, nobody would hear of its end.</summary>
    public void Execute() => _ = EndAsync();

    private async Task EndAsync()
    {
        await _subscription.DisposeAsync().ConfigureAwait(Continuation.Capture);
        _names.Return(_subscription.Name);
    }

    private IEventSubscription Subscribe(IEventBus bus)
    {
        string name = _names.Take("stream", typeof(TEvent));
        try
        {
            return bus.Subscribe<TEvent>(name, TakeAsync, AwaitingSubscription.Configure);
        }
        catch
        {
            _names.Return(name);
            throw;
        }
    }

    private ValueTask TakeAsync(TEvent @event, EventContext context, CancellationToken cancellationToken)
    {
        try
        {
            if (_filter is not null && !_filter(@event))
            {
                return default;
            }
        }
#pragma warning disable CA1031 // The filter is the reader's, who is told; the publisher has nothing to do with it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _buffer.Complete(exception);
            return default;
        }

        // Asked for when there is no room alone: it makes the event's metadata.
        return _buffer.TryAdd(@event) ? default : _buffer.WaitToAddAsync(@event, context.HopCount > 0, cancellationToken);
    }
}
