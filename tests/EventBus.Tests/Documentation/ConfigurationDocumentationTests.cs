using System.Globalization;
using EventBus.Delivering;
using EventBus.Dispatching;
using EventBus.Scheduling;
using EventBus.Subscriptions;
using Microsoft.Extensions.Configuration;

namespace EventBus.Tests.Documentation;

/// <summary>Holds docs/configuration.md to the keys that are read and to the defaults.</summary>
public sealed class ConfigurationDocumentationTests
{
    private const string Page = "docs/configuration.md";

    public static TheoryData<string, string> Options()
    {
        TheoryData<string, string> options = [];
        Add(new EventBusOptions(), "EventBus:");
        Add(new QueueOptions(), "Queue:");
        Add(new BatchOptions(), "Batch:");
        Add(new RetryOptions(), "Retry:");
        options.Add("Timeout", DeliverySettings.DefaultTimeout.ToString());
        return options;

        void Add(object defaults, string prefix)
        {
            foreach (var property in defaults.GetType().GetProperties()
                .Where(static property => property.Name != nameof(EventBusOptions.PatternJsonOptions)))
            {
                options.Add(prefix + property.Name, Spell(property.Name, property.GetValue(defaults)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Default_OfTheDocumentation_IsThatOfTheSource(string key, string @default)
    {
        var documented = Documents.Rows(Page, "Key").Where(row => row[0] == $"`{key}`").Select(static row => row[2].Trim('`'));

        Assert.Equal([@default], documented);
    }

    [Fact]
    public void Keys_OfTheDocumentation_AreThoseThatAreRead()
    {
        var documented = Documents.Rows(Page, "Key").Select(static row => row[0].Trim('`')).Order(StringComparer.Ordinal);

        IEnumerable<string> read =
        [
            .. Known("EventBus").Where(static key => key is not ("Subscriptions" or "Schedules")).Select(static key => $"EventBus:{key}"),
            .. Known("EventBus:Subscriptions:any").Where(static key => key is not ("Queue" or "Batch" or "Retry")),
            .. Known("EventBus:Subscriptions:any:Queue").Select(static key => $"Queue:{key}"),
            .. Known("EventBus:Subscriptions:any:Batch").Select(static key => $"Batch:{key}"),
            .. Known("EventBus:Subscriptions:any:Retry").Select(static key => $"Retry:{key}"),
            .. Known("EventBus:Schedules:cron"),
            .. Known("EventBus:Schedules:rate"),
        ];

        Assert.Equal(read.Order(StringComparer.Ordinal), documented);
    }

    // The message about a key that does not exist lists those that do.
    private static string[] Known(string section)
    {
        BusConfiguration configuration = new(
            new ConfigurationBuilder().AddInMemoryCollection([new($"{section}:Nonsense", "1")]).Build());
        SubscriptionDefinition<object> definition = new("any", static _ => static (_, _, _) => default);

        ScheduleDefinition cron = new("cron", static _ => static _ => default) { Cron = "* * * * *" };
        ScheduleDefinition rate = new("rate", static _ => static _ => default) { Every = TimeSpan.FromMinutes(1) };

        string problem = Assert.Single(
        [
            .. configuration.Apply(new EventBusOptions()),
            .. configuration.Apply(definition),
            .. ScheduleConfiguration.Apply(configuration, [cron, rate]),
        ]);

        return problem[(problem.IndexOf("Known are: ", StringComparison.Ordinal) + 11)..].TrimEnd('.').Split(", ");
    }

    private static string Spell(string name, object? value) => value switch
    {
        null => "not set",
        bool yes => yes ? "true" : "false",
        int when name == nameof(QueueOptions.MaxConcurrency) => "processor count",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
