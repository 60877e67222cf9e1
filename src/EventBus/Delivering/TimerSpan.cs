namespace EventBus.Delivering;

/// <summary>Turns a moment into what a timer takes.</summary>
internal static class TimerSpan
{
    // A timer counts milliseconds in 32 bits. A longer wait wakes up once on the way, finds nothing due and goes on.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(40);

    // A fake clock runs a timer's callback inside the call that sets the timer to zero, and timers are set under locks.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>A wait that a timer can take: forty days stand for all that is longer.</summary>
    public static TimeSpan Cap(TimeSpan wait) => wait > Longest ? Longest : wait;

    /// <summary>The time until a moment, at least a millisecond; infinite for the end of time.</summary>
    public static TimeSpan Until(DateTimeOffset due, TimeProvider clock)
    {
        if (due == DateTimeOffset.MaxValue)
        {
            return Timeout.InfiniteTimeSpan;
        }

        TimeSpan wait = due - clock.GetUtcNow();
        // A timer rounds down to whole milliseconds: rounded up here, it never rings before the moment has come.
        var rounded = TimeSpan.FromMilliseconds(Math.Ceiling(Math.Min(wait.TotalMilliseconds, Longest.TotalMilliseconds)));
        return rounded < Shortest ? Shortest : rounded;
    }
}
