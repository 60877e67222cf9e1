namespace EventBus.Awaiting;

/// <summary>Shows the events of one type to all who wait for one, by one subscription that lives while anybody does.</summary>
/// <remarks>
/// <para>
/// Thread-safe. A thousand waits cost one subscription, and one name in metrics. It is let go of in work of its own: whoever ends the
/// last wait may be a publisher, and a wait that follows at once finds it still there.
/// </para>
/// <para>
/// Subscriptions end one after the other, so that a publish that takes long keeps one of them back, and not one for each wait.
/// </para>
/// </remarks>
internal sealed class Lookout<TEvent> : IThreadPoolWorkItem
    where TEvent : notnull
{
    private readonly IEventBus _bus;
    private readonly AwaitingNames _names;
    private readonly object _gate = new();
    private readonly object _subscribing = new();
    private volatile IOnlooker<TEvent>[] _onlookers = [];
    private IEventSubscription? _subscription;
    private int _holds;
    private bool _isEnding;

    public Lookout(IEventBus bus, AwaitingNames names)
    {
        _bus = bus;
        _names = names;
        Replies = new ReplyTable<TEvent>(bus, this);
        Add(Replies);
    }

    /// <summary>The requests that wait for an event of this type.</summary>
    public ReplyTable<TEvent> Replies { get; }

    public void Add(IOnlooker<TEvent> onlooker)
    {
        lock (_gate)
        {
            _onlookers = [.. _onlookers, onlooker];
        }
    }

    public void Remove(IOnlooker<TEvent> onlooker)
    {
        lock (_gate)
        {
            _onlookers = [.. _onlookers.Where(each => !ReferenceEquals(each, onlooker))];
        }
    }

    /// <summary>Sees every event whose publish begins after this call, until <see cref="Release"/>.</summary>
    /// <exception cref="Publishing.EventBusStoppedException">The bus is stopping or has stopped. There is nothing to release.</exception>
    public void Hold()
    {
        lock (_gate)
        {
            _holds++;
            if (_subscription is not null)
            {
                return;
            }
        }

        try
        {
            Subscribe();
        }
        catch
        {
            Release();
            throw;
        }
    }

    public void Release()
    {
        lock (_gate)
        {
            _holds--;
            if (!IsIdleUnderLock() || _isEnding)
            {
                return;
            }

            _isEnding = true;
        }

        Continuation.Start(this);
    }

    /// <summary>Lets go of the subscription, outside of every handler: inside one, nobody would hear of its end.</summary>
    public void Execute() => _ = EndAsync();

    private async Task EndAsync()
    {
        while (TakeIdle() is { } subscription)
        {
            await subscription.DisposeAsync().ConfigureAwait(Continuation.Capture);
            _names.Return(subscription.Name);
        }
    }

    private IEventSubscription? TakeIdle()
    {
        lock (_gate)
        {
            IEventSubscription? idle = IsIdleUnderLock() ? _subscription : null;
            _subscription = idle is null ? _subscription : null;
            _isEnding = idle is not null;
            return idle;
        }
    }

    private bool IsIdleUnderLock() => _holds == 0 && _subscription is not null;

    private void Subscribe()
    {
        // Whoever comes second must not go on before the subscription stands. Publishers and those who leave do not take this lock, and
        // nothing that the bus does here comes back to it.
        lock (_subscribing)
        {
            lock (_gate)
            {
                if (_subscription is not null)
                {
                    return;
                }
            }

            string name = _names.Take("next", typeof(TEvent));
            IEventSubscription subscription;
            try
            {
                subscription = _bus.Subscribe<TEvent>(name, See, AwaitingSubscription.Configure);
            }
            catch
            {
                _names.Return(name);
                throw;
            }

            lock (_gate)
            {
                _subscription = subscription;
            }
        }
    }

    private ValueTask See(TEvent @event, EventContext context, CancellationToken cancellationToken)
    {
        foreach (IOnlooker<TEvent> onlooker in _onlookers)
        {
            onlooker.See(@event, context);
        }

        return default;
    }
}
