namespace EventBus.Delivering;

/// <summary>The clock that Polly's retry waits by: each wait is an alarm, and is counted as a delivery waiting for its retry.</summary>
/// <remarks>
/// Counted when the alarm is set and not earlier: whoever sees the bus idle and turns a fake clock must find every wait in place.
/// </remarks>
internal sealed class RetryClock(TimeProvider clock, AlarmClock alarms, DeliveryCounters counters) : TimeProvider
{
    private AlarmClock Alarms { get; } = alarms;

    private DeliveryCounters Counters { get; } = counters;

    public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

    public override long GetTimestamp() => clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new RetryWait(this, callback, state, dueTime);

    private sealed class RetryWait : ITimer, IThreadPoolWorkItem
    {
        private readonly RetryClock _owner;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly AlarmClock.Alarm _alarm;

        public RetryWait(RetryClock owner, TimerCallback callback, object? state, TimeSpan dueTime)
        {
            _owner = owner;
            _callback = callback;
            _state = state;
            _alarm = owner.Alarms.Set(owner.GetUtcNow() + dueTime, Ring);
            owner.Counters.WaitBegan();
        }

        public void Execute() => _callback(_state);

        // Task.Delay sets its time once, when it makes the timer.
        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException("A retry waits once.");

        public void Dispose()
        {
            if (_alarm.TryCancel())
            {
                _owner.Counters.WaitEnded();
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Ring()
        {
            _owner.Counters.WaitEnded();

            // Not here: an inline retry runs its handler in this callback, and one that blocks would hold up all other alarms.
            Continuation.Start(this);
        }
    }
}
