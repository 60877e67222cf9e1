namespace EventBus.Delivering;

/// <summary>Turns a moment into what a timer takes.</summary>
internal static class TimerSpan
{
    // A timer counts milliseconds in 32 bits. A longer wait wakes up once on the way, finds nothing due and goes on.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(40);

    /// <summary>The time until a moment, never negative; infinite for the end of time.</summary>
    public static TimeSpan Until(DateTimeOffset due, TimeProvider clock)
    {
        if (due == DateTimeOffset.MaxValue)
        {
            return Timeout.InfiniteTimeSpan;
        }

        TimeSpan wait = due - clock.GetUtcNow();
        if (wait <= TimeSpan.Zero)
        {
            return TimeSpan.Zero;
        }

        // A timer rounds down to whole milliseconds: rounded up here, it never rings before the moment has come.
        return wait > Longest ? Longest : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
    }
}
