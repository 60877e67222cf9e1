namespace EventBus.Delivering;

/// <summary>Wakes any number of waits with one timer, which runs only while something waits.</summary>
/// <remarks>Thread-safe. Callbacks run outside the lock, in order of their times.</remarks>
internal sealed class AlarmClock : IDisposable
{
    private readonly object _gate = new();
    private readonly TimeProvider _clock;
    private readonly PriorityQueue<Alarm, Alarm> _alarms = new(Alarm.InOrder);
    private ITimer? _timer;
    private long _order;
    private int _cancelled;
    private bool _isDisposed;

    public AlarmClock(TimeProvider clock) => _clock = clock;

    /// <summary>The time of the first alarm that is set; null where none is.</summary>
    public DateTimeOffset? Next
    {
        get
        {
            lock (_gate)
            {
                DropCancelledUnderLock();
                return _alarms.TryPeek(out Alarm? first, out _) ? first.Due : null;
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
        Alarm alarm;
        lock (_gate)
        {
            alarm = new Alarm(this, ring, state, due, _order++);
            _alarms.Enqueue(alarm, alarm);
            if (ReferenceEquals(_alarms.Peek(), alarm))
            {
                ScheduleUnderLock();
            }
        }

        return alarm;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _timer?.Dispose();
        }
    }

    private void Ring()
    {
        List<Alarm> due = [];
        lock (_gate)
        {
            DateTimeOffset now = _clock.GetUtcNow();
            while (_alarms.TryPeek(out Alarm? alarm, out _) && alarm.Due <= now)
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
        (Alarm, Alarm)[] kept = [.. _alarms.UnorderedItems.Where(static item => !item.Element.IsOver)];
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
        DateTimeOffset due = _alarms.TryPeek(out Alarm? first, out _) ? first.Due : DateTimeOffset.MaxValue;
        TimerUnderLock()?.Change(TimerSpan.Until(due, _clock), Timeout.InfiniteTimeSpan);
    }

    // Made for the first alarm: most programs start long before a delivery fails. None after the end, when one may still fail.
    private ITimer? TimerUnderLock()
    {
        if (_timer is null && !_isDisposed)
        {
            using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
            _timer = _clock.CreateTimer(
                static state => ((AlarmClock)state!).Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        return _timer;
    }

    /// <summary>One wait.</summary>
    internal sealed class Alarm(AlarmClock clock, Action<object> ring, object state, DateTimeOffset due, long order)
    {
        /// <summary>By their times; those of the same time as they were set.</summary>
        public static readonly IComparer<Alarm> InOrder = Comparer<Alarm>.Create(static (left, right) =>
            left.Due != right.Due ? left.Due.CompareTo(right.Due) : left.Order.CompareTo(right.Order));

        private object? _state = state;
        private int _isOver;

        public DateTimeOffset Due { get; } = due;

        private long Order { get; } = order;

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
