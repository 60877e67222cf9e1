namespace EventBus.Delivering;

/// <summary>Wakes any number of waits with one timer, which runs only while something waits.</summary>
/// <remarks>Thread-safe. Callbacks run outside the lock, in order of their times.</remarks>
internal sealed class AlarmClock : IDisposable
{
    private readonly object _gate = new();
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private readonly PriorityQueue<Alarm, (DateTimeOffset Due, long Order)> _alarms = new();
    private long _order;
    private int _cancelled;

    public AlarmClock(TimeProvider clock)
    {
        _clock = clock;
        using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        _timer = clock.CreateTimer(
            static state => ((AlarmClock)state!).Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The time of the first alarm that is set; null where none is.</summary>
    public DateTimeOffset? Next
    {
        get
        {
            lock (_gate)
            {
                DropCancelledUnderLock();
                return _alarms.TryPeek(out _, out (DateTimeOffset Due, long Order) first) ? first.Due : null;
            }
        }
    }

    /// <summary>Sets an alarm.</summary>
    /// <param name="due">When to ring.</param>
    /// <param name="ring">Called once, unless the alarm is cancelled before.</param>
    public Alarm Set(DateTimeOffset due, Action ring) => Set(due, static ring => ((Action)ring)(), ring);

    /// <inheritdoc cref="Set(DateTimeOffset, Action)"/>
    /// <param name="due">When to ring.</param>
    /// <param name="ring">Called once, unless the alarm is cancelled before. One for many alarms: a delegate for each costs 64 bytes.</param>
    /// <param name="state">What it is called with. Let go of when the alarm is cancelled.</param>
    public Alarm Set(DateTimeOffset due, Action<object> ring, object state)
    {
        Alarm alarm = new(this, ring, state);
        lock (_gate)
        {
            _alarms.Enqueue(alarm, (due, _order++));
            if (ReferenceEquals(_alarms.Peek(), alarm))
            {
                ScheduleUnderLock();
            }
        }

        return alarm;
    }

    public void Dispose() => _timer.Dispose();

    private void Ring()
    {
        List<Alarm> due = [];
        lock (_gate)
        {
            DateTimeOffset now = _clock.GetUtcNow();
            while (_alarms.TryPeek(out Alarm? alarm, out (DateTimeOffset Due, long Order) first) && first.Due <= now)
            {
                _alarms.Dequeue();
                if (alarm.TryEnd())
                {
                    due.Add(alarm);
                }
                else
                {
                    _cancelled--;
                }
            }

            ScheduleUnderLock();
        }

        due.ForEach(static alarm => alarm.Ring());
    }

    private void Cancelled()
    {
        lock (_gate)
        {
            // Left where it is until half of all are like it: finding one in the heap costs more than stepping over it.
            if (++_cancelled > _alarms.Count / 2)
            {
                RebuildUnderLock();
            }

            DropCancelledUnderLock();
            ScheduleUnderLock();
        }
    }

    private void RebuildUnderLock()
    {
        (Alarm Element, (DateTimeOffset, long) Priority)[] kept = [.. _alarms.UnorderedItems.Where(item => !item.Element.IsOver)];
        _alarms.Clear();
        _alarms.EnqueueRange(kept);
        _cancelled = 0;
    }

    private void DropCancelledUnderLock()
    {
        while (_alarms.TryPeek(out Alarm? alarm, out _) && alarm.IsOver)
        {
            _alarms.Dequeue();
            _cancelled--;
        }
    }

    private void ScheduleUnderLock()
    {
        DateTimeOffset due = _alarms.TryPeek(out _, out (DateTimeOffset Due, long Order) first) ? first.Due : DateTimeOffset.MaxValue;
        _timer.Change(TimerSpan.Until(due, _clock), Timeout.InfiniteTimeSpan);
    }

    /// <summary>One wait.</summary>
    internal sealed class Alarm(AlarmClock clock, Action<object> ring, object state)
    {
        private object? _state = state;
        private int _isOver;

        public bool IsOver => Volatile.Read(ref _isOver) != 0;

        public void Ring() => ring(_state!);

        /// <summary>Takes the alarm back.</summary>
        /// <returns>False where it has rung or was cancelled before.</returns>
        public bool TryCancel()
        {
            if (!TryEnd())
            {
                return false;
            }

            // It may stay in the heap until its time, and must not keep alive what it was set for.
            _state = null;
            clock.Cancelled();
            return true;
        }

        public bool TryEnd() => Interlocked.Exchange(ref _isOver, 1) == 0;
    }
}
