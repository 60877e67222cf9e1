using EventBus.Delivering;
using EventBus.Diagnostics;
using EventBus.Subscriptions;

namespace EventBus.Publishing.Delaying;

/// <summary>Keeps events until their time has come, and hands them to their subscriptions then.</summary>
/// <remarks>
/// Thread-safe. One timer for all, and no thread before something is due. Events that are due reach the queues in the order of their
/// times, from one flow: on its own way each, one could overtake another. An event whose time has come counts as a publish under way until every
/// subscription has it, so that nobody who waits for publishes to end can miss it.
/// </remarks>
internal sealed class DelayedDeliveries : IThreadPoolWorkItem, IDisposable
{
    private readonly object _gate = new();
    private readonly PublishGate _publishes;
    private readonly ActiveWork _active;
    private readonly Telemetry _telemetry;
    private readonly AlarmClock _alarms;
    private readonly Action<object> _ring;
    private readonly DelayedEvents _events = new();
    private readonly Queue<(DelayedEvent Event, ActiveWork Ticket)> _due = new();
    private bool _isDelivering;
    private bool _isClosed;

    public DelayedDeliveries(PublishGate publishes, DeliveryEnvironment environment)
    {
        _publishes = publishes;
        _active = environment.Active;
        _telemetry = environment.Telemetry;
        _alarms = new AlarmClock(environment.Clock);
        _ring = @event => Ring((DelayedEvent)@event);
    }

    /// <summary>When the next event is due; null where none waits.</summary>
    public DateTimeOffset? NextAt => _alarms.Next;

    /// <summary>Keeps an event until its time.</summary>
    /// <param name="envelope">The event.</param>
    /// <param name="due">Its time.</param>
    /// <param name="subscriptions">Who gets it then.</param>
    /// <returns>False where nothing is kept any more.</returns>
    public bool TryAdd(Envelope envelope, DateTimeOffset due, Subscription[] subscriptions)
    {
        DelayedEvent @event = new(envelope, due, subscriptions);
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            foreach (Subscription subscription in subscriptions)
            {
                subscription.Counters.DelayBegan();
            }

            _events.Add(@event);

            // Under the lock: whoever takes the event out from now on finds its alarm.
            @event.Alarm = _alarms.Set(due, _ring, @event);
            return true;
        }
    }

    /// <summary>Takes back all events of one id that still wait.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Cancel(Guid eventId)
    {
        IReadOnlyList<DelayedEvent> taken;
        lock (_gate)
        {
            taken = _events.Take(eventId);
            foreach (Subscription subscription in taken.SelectMany(static each => each.Subscriptions))
            {
                subscription.Counters.DelayCancelled();
            }
        }

        CancelAlarms(taken);
        return taken.Count > 0;
    }

    /// <summary>Keeps nothing more, and makes dead letters of what still waits. Called again, it finds nothing.</summary>
    /// <returns>A task that ends when the letters are written. They are counted as pending before this returns.</returns>
    public Task CloseAsync()
    {
        List<(Subscription Subscription, DelayedEvent Event)> left = [];
        IReadOnlyList<DelayedEvent> taken;
        lock (_gate)
        {
            _isClosed = true;
            taken = _events.TakeAll();
            foreach (DelayedEvent @event in taken)
            {
                left.AddRange(@event.Subscriptions.Select(each => (each, @event)));
            }

            left.ForEach(static each => AcceptUnderLock(each.Subscription));
        }

        CancelAlarms(taken);
        return GiveUpAsync(left);
    }

    /// <summary>Makes dead letters of what still waits for a subscription to which no publish brings anything any more.</summary>
    /// <returns>
    /// A task that ends when nothing is on its way to the subscription any more. The letters are counted as pending, and may still be
    /// on their way.
    /// </returns>
    public async Task EndAsync(Subscription subscription)
    {
        if (!subscription.Counters.HasDelayed)
        {
            return;
        }

        IReadOnlyList<DelayedEvent> left;
        lock (_gate)
        {
            left = _events.TakeFrom(subscription);
            foreach (DelayedEvent _ in left)
            {
                AcceptUnderLock(subscription);
            }
        }

        CancelAlarms([.. left.Where(static each => each.Subscriptions.Length == 0)]);
        _ = GiveUpAsync([.. left.Select(each => (subscription, each))]);

        // What rang before the lock was taken has its ticket, and may not have reached the subscription yet.
        await _publishes.WhenPastAsync().ConfigureAwait(Continuation.Capture);
    }

    public void Dispose() => _alarms.Dispose();

    public void Execute()
    {
        while (TryNext(out (DelayedEvent Event, ActiveWork Ticket) due))
        {
            try
            {
                foreach (Subscription subscription in due.Event.Subscriptions)
                {
                    Deliver(due.Event, subscription);
                }
            }
            finally
            {
                _active.Remove();
                PublishGate.Leave(due.Ticket);
            }
        }
    }

    // Accepted first and then no longer delayed: at no moment is it neither.
    private static void AcceptUnderLock(Subscription subscription)
    {
        subscription.Counters.AcceptedToRun();
        subscription.Counters.DelayEnded();
    }

    private static void CancelAlarms(IReadOnlyList<DelayedEvent> events)
    {
        foreach (DelayedEvent @event in events)
        {
            @event.Alarm!.TryCancel();
        }
    }

    private static void Deliver(DelayedEvent @event, Subscription subscription)
    {
        var delivery = @event.ToDelivery(subscription);
        try
        {
            if (FindKey(delivery, subscription) is { } failure)
            {
                _ = subscription.Deliverer.RefuseAsync(delivery, DeadLetterReason.FilterFailed, failure).AsTask();
            }
            else if (!subscription.Dispatcher.TryDispatchDue(delivery))
            {
                _ = subscription.Deliverer.RefuseAsync(delivery, DeadLetterReason.Shutdown).AsTask();
            }
        }
#pragma warning disable CA1031 // A logger or listener of the application's threw at a delivery that was accepted. The next must not be lost.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
        finally
        {
            subscription.Counters.DelayEnded();
        }
    }

    private static Exception? FindKey(Delivery delivery, Subscription subscription)
    {
        try
        {
            subscription.Dispatcher.FindKey(delivery);
            return null;
        }
#pragma warning disable CA1031 // The application's code, asked again: what it throws concerns its own subscription alone.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return exception;
        }
    }

    private static async Task GiveUpAsync(Subscription subscription, IEnumerable<DelayedEvent> events)
    {
        foreach (DelayedEvent @event in events)
        {
            var delivery = @event.ToDelivery(subscription);
            try
            {
                subscription.Deliverer.Observe(DeliveryStage.Accepted, delivery);
                await subscription.Deliverer.GiveUpAsync(delivery, DeadLetterReason.Shutdown).ConfigureAwait(Continuation.Capture);
            }
#pragma warning disable CA1031 // A logger or listener of the application's threw. The next must not be lost.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }
    }

    private async Task GiveUpAsync(List<(Subscription Subscription, DelayedEvent Event)> left)
    {
        if (left.Count == 0)
        {
            return;
        }

        // A sink that is slow for one subscription is so for it alone.
        var writing = Task.WhenAll(left
            .GroupBy(static each => each.Subscription, static each => each.Event)
            .Select(static each => GiveUpAsync(each.Key, each)));
        Log.DelaysGivenUp(_telemetry.Logger, left.Count);
        await writing.ConfigureAwait(Continuation.Capture);
    }

    private void Ring(DelayedEvent @event)
    {
        // Before it is taken out: whoever finds it gone can wait for it.
        ActiveWork ticket = _publishes.GoOn();
        _active.Add();
        bool isTaken;
        bool starts;
        lock (_gate)
        {
            isTaken = _events.TryRemove(@event);
            starts = isTaken && !_isDelivering;
            if (isTaken)
            {
                _due.Enqueue((@event, ticket));
                _isDelivering = true;
            }
        }

        if (!isTaken)
        {
            _active.Remove();
            PublishGate.Leave(ticket);
        }
        else if (starts)
        {
            // Not here: an observer that blocks would hold up all other alarms.
            Continuation.Start(this);
        }
    }

    private bool TryNext(out (DelayedEvent Event, ActiveWork Ticket) due)
    {
        lock (_gate)
        {
            _isDelivering = _due.TryDequeue(out due);
            return _isDelivering;
        }
    }
}
