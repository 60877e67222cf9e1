namespace EventBus.Delivering.Keys;

/// <summary>The keys of one subscription, in memory: those in progress, those done within the time to live, and nothing else.</summary>
/// <remarks>
/// Thread-safe. Deliveries that wait for a key get it in the order of their coming. No task is completed under the lock; of the
/// application's code, the hash code and the equality of its keys alone.
/// </remarks>
internal sealed class DeliveryKeys<TKey> : IDeliveryKeys
    where TKey : notnull
{
    private readonly object _gate = new();
    private readonly Func<Envelope, TKey> _keyOf;
    private readonly string _subscription;
    private readonly DeliveryCounters _counters;
    private readonly ExpiringKeys<TKey> _done;
    private readonly Dictionary<TKey, Holding> _inProgress = [];
    private readonly Dictionary<Delivery, Holding> _byHolder = [];
    private readonly CancellationTokenRegistration _stopping;
    private bool _isStopped;

    /// <param name="keyOf">The application's: may throw.</param>
    /// <param name="timeToLive">How long a key that is done is remembered.</param>
    /// <param name="subscription">The subscription's name.</param>
    /// <param name="environment">What the bus shares.</param>
    /// <param name="counters">The subscription's.</param>
    public DeliveryKeys(
        Func<Envelope, TKey> keyOf,
        TimeSpan timeToLive,
        string subscription,
        DeliveryEnvironment environment,
        DeliveryCounters counters)
    {
        _keyOf = keyOf;
        _subscription = subscription;
        _counters = counters;
        _done = new ExpiringKeys<TKey>(environment.Clock, timeToLive);
        _stopping = environment.Stopped.UnsafeRegister(static state => ((DeliveryKeys<TKey>)state!).Stop(), this);
    }

    public ValueTask<KeyTurn> EnterAsync(Delivery delivery)
    {
        lock (_gate)
        {
            if (_byHolder.ContainsKey(delivery))
            {
                return new ValueTask<KeyTurn>(KeyTurn.Run);
            }
        }

        try
        {
            return EnterAsync(delivery, _keyOf(delivery.Envelope) ?? throw new InvalidOperationException(
                $"The key of '{_subscription}' is null for {delivery.Envelope.TypeName}. Two events without a key would be taken for one. " +
                "Give .Idempotent(…) a key that every event has."));
        }
#pragma warning disable CA1031 // The selector is the application's code: what it throws is a failed attempt.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return ValueTask.FromException<KeyTurn>(exception);
        }
    }

    public void Leave(Delivery delivery, bool succeeded)
    {
        List<Waiter> next = [];
        lock (_gate)
        {
            if (!_byHolder.Remove(delivery, out Holding? holding))
            {
                return;
            }

            if (succeeded)
            {
                _done.Add(holding.Key);
                TakeAllUnderLock(holding, next);
            }
            else if (holding.Waiters.First is { } first)
            {
                TakeUnderLock(first.Value, next);
                _byHolder.Add(first.Value.Delivery, holding);
            }

            if (succeeded || next.Count == 0)
            {
                _inProgress.Remove(holding.Key);
            }
        }

        LetGo(next, succeeded ? KeyTurn.Done : KeyTurn.Run);
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _done.Dispose();
    }

    private ValueTask<KeyTurn> EnterAsync(Delivery delivery, TKey key)
    {
        Waiter waiter;
        lock (_gate)
        {
            if (_isStopped)
            {
                return new ValueTask<KeyTurn>(KeyTurn.Stopped);
            }

            if (!_inProgress.TryGetValue(key, out Holding? holding))
            {
                if (_done.Contains(key))
                {
                    return new ValueTask<KeyTurn>(KeyTurn.Done);
                }

                holding = new Holding(key);
                _inProgress.Add(key, holding);
                _byHolder.Add(delivery, holding);
                return new ValueTask<KeyTurn>(KeyTurn.Run);
            }

            waiter = new Waiter(delivery);
            holding.Waiters.AddLast(waiter.Node);

            // Queued, and no work under way: what it waits for may itself wait for the clock.
            _counters.QueuedAgain();
        }

        return WaitAsync(waiter);
    }

    private async ValueTask<KeyTurn> WaitAsync(Waiter waiter)
    {
        using CancellationTokenRegistration registration = waiter.Delivery.PublisherToken.UnsafeRegister(
            static state =>
            {
                (DeliveryKeys<TKey> keys, Waiter waiter) = ((DeliveryKeys<TKey>, Waiter))state!;
                keys.StopWaiting(waiter);
            },
            (this, waiter));
        return await waiter.Turn.Task.ConfigureAwait(Continuation.Capture);
    }

    private void StopWaiting(Waiter waiter)
    {
        List<Waiter> stopped = [];
        lock (_gate)
        {
            if (waiter.Node.List is not null)
            {
                TakeUnderLock(waiter, stopped);
            }
        }

        LetGo(stopped, KeyTurn.PublishCancelled);
    }

    private void Stop()
    {
        List<Waiter> stopped = [];
        lock (_gate)
        {
            _isStopped = true;
            foreach (Holding holding in _inProgress.Values)
            {
                TakeAllUnderLock(holding, stopped);
            }
        }

        LetGo(stopped, KeyTurn.Stopped);
    }

    private void TakeAllUnderLock(Holding holding, List<Waiter> taken)
    {
        while (holding.Waiters.First is { } first)
        {
            TakeUnderLock(first.Value, taken);
        }
    }

    private void TakeUnderLock(Waiter waiter, List<Waiter> taken)
    {
        waiter.Node.List!.Remove(waiter.Node);
        _counters.Started();
        taken.Add(waiter);
    }

    private static void LetGo(List<Waiter> waiters, KeyTurn turn)
    {
        foreach (Waiter waiter in waiters)
        {
            waiter.Turn.TrySetResult(turn);
        }
    }

    /// <summary>A key in progress, and who waits for it.</summary>
    private sealed class Holding(TKey key)
    {
        public TKey Key { get; } = key;

        public LinkedList<Waiter> Waiters { get; } = new();
    }

    private sealed class Waiter
    {
        public Waiter(Delivery delivery)
        {
            Delivery = delivery;
            Node = new LinkedListNode<Waiter>(this);
        }

        public Delivery Delivery { get; }

        public LinkedListNode<Waiter> Node { get; }

        public TaskCompletionSource<KeyTurn> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
