using Cronos;
using EventBus.Subscriptions;

namespace EventBus.Scheduling;

/// <summary>Finds everything that is wrong with schedules before the first is started, each with the line that mends it.</summary>
internal static class ScheduleValidator
{
    // The clock and the timers count in milliseconds.
    private static readonly TimeSpan ShortestRate = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan LongestRate = TimeSpan.FromDays(3650);

    /// <summary>Checks all definitions together.</summary>
    /// <param name="definitions">The definitions.</param>
    /// <param name="now">From when on an occurrence must come.</param>
    /// <returns>A message for each problem; none where all is well.</returns>
    public static IEnumerable<string> Check(IReadOnlyCollection<ScheduleDefinition> definitions, DateTimeOffset now)
    {
        IEnumerable<string> duplicates = definitions
            .GroupBy(static definition => definition.Name, StringComparer.OrdinalIgnoreCase)
            .Where(static sameName => sameName.Count() > 1)
            .Select(static sameName =>
                $"{sameName.Count()} schedules are named '{sameName.Key}'. Statistics, logs and configuration find a schedule by its name, " +
                "and configuration keys do not tell upper from lower case. " +
                $"Give each its own, such as bus.Schedule(\"{sameName.Key}-2\", …).");
        return duplicates.Concat(definitions.SelectMany(each => Check(each, now)));
    }

    private static IEnumerable<string> Check(ScheduleDefinition definition, DateTimeOffset now)
    {
        if (!SubscriptionName.IsValid(definition.Name))
        {
            yield return $"'{definition.Name}' cannot name a schedule. Statistics, logs and configuration keys find it by its name, so " +
                "only 1 to 200 letters, digits and . - _ + < > , are allowed. " +
                "Write for example bus.Schedule(\"closing.nightly\", \"0 3 * * *\", TimeZoneInfo.Local, () => new NightlyClosing()).";
        }

        if (FindProblem(definition, now) is { } problem)
        {
            yield return problem;
        }
    }

    private static string? FindProblem(ScheduleDefinition definition, DateTimeOffset now)
    {
        if (definition.Every is { } every)
        {
            return every >= ShortestRate && every <= LongestRate
                ? null
                : $"The schedule '{definition.Name}' publishes every {every}. Allowed is one millisecond to {LongestRate.Days} days. " +
                    "Write for example bus.Schedule(\"heartbeat\", TimeSpan.FromSeconds(30), () => new Heartbeat()).";
        }

        try
        {
            return CronTiming.Parse(definition.Cron!, definition.Zone).First(now) is not null
                ? null
                : $"The schedule '{definition.Name}' has the cron expression '{definition.Cron}', and such a time never comes. " +
                    "It would never publish. Write one that does, such as \"0 3 * * *\" for three o'clock each night.";
        }
        catch (CronFormatException exception)
        {
            return $"The schedule '{definition.Name}' has the cron expression '{definition.Cron}', which cannot be read: " +
                $"{CronTiming.Explain(definition.Cron!, exception)}. Write five fields (minute, hour, day of the month, month, day of the week) or six with the second " +
                "first, such as \"0 3 * * *\" for three o'clock each night.";
        }
    }
}
