namespace EventBus.Scheduling;

/// <summary>Times that follow each other at one distance, from the start of the schedule on.</summary>
internal sealed class RateTiming(TimeSpan every) : ScheduleTiming
{
    public override DateTimeOffset? First(DateTimeOffset start) => After(start.ToUniversalTime());

    public override DueOccurrence GoOn(DateTimeOffset due, DateTimeOffset now)
    {
        long missed = Math.Max(0, (now - due).Ticks / every.Ticks);
        DateTimeOffset latest = due + (missed * every);
        return new DueOccurrence(latest, missed, After(latest));
    }

    private DateTimeOffset? After(DateTimeOffset time) => every > DateTimeOffset.MaxValue - time ? null : time + every;
}
