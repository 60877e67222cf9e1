using EventBus.Subscriptions;
using Microsoft.Extensions.Configuration;

namespace EventBus.Scheduling;

/// <summary>Reads what the configuration says about schedules over what the code says.</summary>
internal static class ScheduleConfiguration
{
    /// <returns>A message for each problem; none where all is well.</returns>
    public static IEnumerable<string> Apply(BusConfiguration configuration, IReadOnlyCollection<ScheduleDefinition> definitions) =>
        configuration.ApplySchedules([.. definitions.Select(static each => each.Name)]).Concat(definitions.SelectMany(definition =>
            configuration.ApplySchedule(definition.Name, definition.Every is null ? OfCron(definition) : OfRate(definition))));

    private static Dictionary<string, Func<IConfigurationSection, string?>> OfCron(ScheduleDefinition definition) =>
        new(StringComparer.OrdinalIgnoreCase)
        {
            ["Cron"] = section =>
            {
                definition.Cron = section.Value ?? "";
                return null;
            },
            ["TimeZone"] = section => Zone(section, definition),
        };

    private static Dictionary<string, Func<IConfigurationSection, string?>> OfRate(ScheduleDefinition definition) =>
        new(StringComparer.OrdinalIgnoreCase)
        {
            ["Every"] = section => BusConfiguration.Time(section, value => definition.Every = value),
        };

    private static string? Zone(IConfigurationSection section, ScheduleDefinition definition)
    {
        if (TimeZoneInfo.TryFindSystemTimeZoneById(section.Value ?? "", out TimeZoneInfo? zone))
        {
            definition.Zone = zone;
            return null;
        }

        return $"The configuration sets '{section.Path}' to '{section.Value}', and this machine knows no such time zone. " +
            "Write the id of one, such as Europe/Berlin or UTC.";
    }
}
