using EventBus.Diagnostics;

namespace EventBus.Delivering;

/// <summary>Counts what became of one subscription's deliveries, so that the conservation law can be read at every moment.</summary>
/// <remarks>
/// Pending is counted by its three states and never derived from the other side of the law: that is what makes the law worth
/// checking. Thread-safe: every step changes both sides under one lock.
/// </remarks>
internal sealed class DeliveryCounters(ActiveWork active)
{
    private readonly object _gate = new();
    private readonly List<IFilteredCount> _filteredElsewhere = [];
    private readonly List<IPlainCount> _plainElsewhere = [];
    private IQueuedCount? _queue;
    private long _takenOver;
    private long _accepted;
    private long _succeeded;
    private long _deadLettered;
    private long _queued;
    private long _running;
    private long _waiting;
    private long _filtered;
    private long _retries;
    private long _overflowed;
    private long _rejected;
    private long _redriven;
    private long _abandoned;
    private long _lateEnds;
    private long _duplicates;
    private long _delayed;
    private long _delaysCancelled;

    /// <summary>Whether a delivery waits for its time, or is on its way from there to its acceptance.</summary>
    public bool HasDelayed
    {
        get
        {
            lock (_gate)
            {
                return _delayed > 0;
            }
        }
    }

    /// <summary>Deliveries accepted and not yet ended.</summary>
    public ActiveWork Pending { get; } = new();

    /// <summary>Adds what a queue counts, once.</summary>
    public void AddQueued(IQueuedCount count)
    {
        lock (_gate)
        {
            _queue = count;
        }
    }

    /// <summary>A queue that was at rest has something to do, as a whole one piece of work under way.</summary>
    public void QueueFilled()
    {
        active.Add();
        Pending.Add();
    }

    /// <summary>All that a queue had to do is done, or counted elsewhere.</summary>
    public void QueueEmptied()
    {
        Pending.Remove();
        active.Remove();
    }

    /// <summary>A queue has deliveries that nobody is to take for now: pending, and not under way.</summary>
    public void Held() => Pending.Add();

    /// <summary>Ends what <see cref="Held"/> began.</summary>
    public void Released() => Pending.Remove();

    /// <summary>Ends what <see cref="TakenOver"/> began: the delivery waits in its queue again, which counts it by its position.</summary>
    public void GivenBack()
    {
        lock (_gate)
        {
            _takenOver--;
            _running--;
        }

        Pending.Remove();
        active.Remove();
    }

    /// <summary>A delivery that its queue counts as started is counted here from now on, as running.</summary>
    public void TakenOver()
    {
        active.Add();
        Pending.Add();
        lock (_gate)
        {
            _takenOver++;
            _running++;
        }
    }

    public void Overflowed() => Interlocked.Increment(ref _overflowed);

    public void AcceptedToRun()
    {
        active.Add();
        Pending.Add();
        lock (_gate)
        {
            _accepted++;
            _running++;
        }
    }

    /// <summary>A synchronous inline delivery, from acceptance to success in one step.</summary>
    public void AcceptedAndSucceeded()
    {
        lock (_gate)
        {
            _accepted++;
            _succeeded++;
        }
    }

    /// <summary>It goes on.</summary>
    public void Started()
    {
        active.Add();
        lock (_gate)
        {
            _queued--;
            _running++;
        }
    }

    public void Succeeded()
    {
        lock (_gate)
        {
            _running--;
            _succeeded++;
        }

        Pending.Remove();
        active.Remove();
    }

    public void DeadLettered()
    {
        lock (_gate)
        {
            _running--;
            _deadLettered++;
        }

        Pending.Remove();
        active.Remove();
    }

    public void WaitBegan()
    {
        lock (_gate)
        {
            _running--;
            _waiting++;
            _retries++;
        }

        active.Remove();
    }

    public void WaitEnded()
    {
        active.Add();
        lock (_gate)
        {
            _waiting--;
            _running++;
        }
    }

    public void RetriedAtOnce()
    {
        lock (_gate)
        {
            _retries++;
        }
    }

    /// <summary>A running delivery has to wait for others: in the queue, which says itself whether anything is under way in it, or elsewhere.</summary>
    public void QueuedAgain()
    {
        lock (_gate)
        {
            _running--;
            _queued++;
        }

        active.Remove();
    }

    public void Filtered() => Interlocked.Increment(ref _filtered);

    /// <summary>Adds what somebody else counts to <see cref="DeliveryCounts.Filtered"/>.</summary>
    public void AddFiltered(IFilteredCount count)
    {
        lock (_gate)
        {
            _filteredElsewhere.Add(count);
        }
    }

    /// <summary>Takes over a count that will not change any more.</summary>
    public void SettleFiltered(IFilteredCount count)
    {
        lock (_gate)
        {
            _filteredElsewhere.Remove(count);
            Interlocked.Add(ref _filtered, count.Filtered);
        }
    }

    /// <summary>Adds deliveries that somebody else counts, each from acceptance to success in one step.</summary>
    public void AddPlain(IPlainCount count)
    {
        lock (_gate)
        {
            _plainElsewhere.Add(count);
        }
    }

    /// <inheritdoc cref="SettleFiltered"/>
    public void SettlePlain(IPlainCount count)
    {
        lock (_gate)
        {
            _plainElsewhere.Remove(count);
            _accepted += count.Succeeded;
            _succeeded += count.Succeeded;
            Interlocked.Add(ref _filtered, count.Filtered);
        }
    }

    public void Rejected() => Interlocked.Increment(ref _rejected);

    public void Redriven() => Interlocked.Increment(ref _redriven);

    public void Abandoned() => Interlocked.Increment(ref _abandoned);

    public void LateEnd() => Interlocked.Increment(ref _lateEnds);

    public void Duplicate() => Interlocked.Increment(ref _duplicates);

    /// <summary>A delivery waits for its time. It is not accepted before.</summary>
    public void DelayBegan()
    {
        lock (_gate)
        {
            _delayed++;
        }
    }

    /// <summary>A delivery waits no more, and is counted as accepted.</summary>
    public void DelayEnded()
    {
        lock (_gate)
        {
            _delayed--;
        }
    }

    /// <summary>A delivery was taken back before its time.</summary>
    public void DelayCancelled()
    {
        lock (_gate)
        {
            _delayed--;
            _delaysCancelled++;
        }
    }

    public DeliveryCounts Read()
    {
        lock (_gate)
        {
            long plain = 0;
            foreach (IPlainCount count in _plainElsewhere)
            {
                plain += count.Succeeded;
            }

            // A queue counts by positions, up to the start of a delivery; after that it counts those alone that succeed at once.
            (long accepted, long started, long succeeded) = _queue?.Read() ?? default;
            return new DeliveryCounts
            {
                Accepted = _accepted + plain + accepted,
                Succeeded = _succeeded + plain + succeeded,
                DeadLettered = _deadLettered,
                Queued = _queued + accepted - started,
                Running = _running + started - succeeded - _takenOver,
                WaitingForRetry = _waiting,
                Retries = _retries,
                Overflowed = Volatile.Read(ref _overflowed),
                Filtered = ReadFilteredUnderLock(),
                Rejected = Volatile.Read(ref _rejected),
                Redriven = Volatile.Read(ref _redriven),
                Abandoned = Volatile.Read(ref _abandoned),
                LateEnds = Volatile.Read(ref _lateEnds),
                Duplicates = Volatile.Read(ref _duplicates),
                Delayed = _delayed,
                DelaysCancelled = _delaysCancelled,
            };
        }
    }

    private long ReadFilteredUnderLock()
    {
        long filtered = Volatile.Read(ref _filtered);
        foreach (IFilteredCount count in _filteredElsewhere)
        {
            filtered += count.Filtered;
        }

        foreach (IPlainCount count in _plainElsewhere)
        {
            filtered += count.Filtered;
        }

        return filtered;
    }
}
