using Microsoft.Extensions.Time.Testing;

namespace EventBus.Tests.Delivering;

/// <summary>A fake clock that tells which of its timers are set.</summary>
internal sealed class CountingClock() : FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
{
    private readonly List<CountedTimer> _timers = [];

    public int Created => _timers.Count;

    public int Set => _timers.Count(timer => timer.IsSet);

    public int Disposed => _timers.Count(timer => timer.IsDisposed);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        CountedTimer timer = new();
        _timers.Add(timer);
        timer.IsSet = dueTime != Timeout.InfiniteTimeSpan;
        timer.Inner = base.CreateTimer(
            each =>
            {
                timer.IsSet = false;
                callback(each);
            },
            state,
            dueTime,
            period);
        return timer;
    }

    private sealed class CountedTimer : ITimer
    {
        public ITimer? Inner { get; set; }

        public bool IsSet { get; set; }

        public bool IsDisposed { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            IsSet = dueTime != Timeout.InfiniteTimeSpan;
            return Inner!.Change(dueTime, period);
        }

        public void Dispose()
        {
            IsDisposed = true;
            IsSet = false;
            Inner!.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
