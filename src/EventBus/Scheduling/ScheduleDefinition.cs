namespace EventBus.Scheduling;

/// <summary>What the code and the configuration say about one schedule. Not thread-safe; not changed once the bus is built.</summary>
/// <param name="name">The schedule's name.</param>
/// <param name="prepare">Makes the event of a nominal time, and returns what publishes it.</param>
internal sealed class ScheduleDefinition(string name, Func<DateTimeOffset, Func<IEventBus, ValueTask>> prepare)
{
    public string Name { get; } = name;

    public Func<DateTimeOffset, Func<IEventBus, ValueTask>> Prepare { get; } = prepare;

    /// <summary>The cron expression; null where <see cref="Every"/> is given.</summary>
    public string? Cron { get; set; }

    /// <summary>The zone whose clocks the cron expression means.</summary>
    public TimeZoneInfo Zone { get; set; } = TimeZoneInfo.Utc;

    /// <summary>The time from one event to the next; null where <see cref="Cron"/> is given.</summary>
    public TimeSpan? Every { get; set; }

    /// <summary>The times of a definition that was checked.</summary>
    public ScheduleTiming BuildTiming() => Every is { } every ? new RateTiming(every) : CronTiming.Parse(Cron!, Zone);
}
