using System.Globalization;
using EventBus.Delivering;
using EventBus.Delivering.Keys;
using EventBus.Diagnostics;
using EventBus.Dispatching;
using EventBus.Patterns;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace EventBus.Subscriptions;

/// <summary>Reads the <c>EventBus</c> section of the application's configuration over what the code says.</summary>
/// <remarks>
/// Read by hand rather than bound: a key that is misspelt must be an error at start, and reading needs no reflection.
/// </remarks>
internal sealed class BusConfiguration(IConfiguration? configuration)
{
    private const string SubscriptionsKey = "Subscriptions";
    private const string PatternKey = "Pattern";
    private const string SchedulesKey = "Schedules";

    private readonly IConfigurationSection? _bus = configuration?.GetSection("EventBus");

    /// <summary>Applies the settings of the whole bus.</summary>
    public IEnumerable<string> Apply(EventBusOptions options)
    {
        if (_bus is null)
        {
            return [];
        }

        return Apply(_bus, new Dictionary<string, Func<IConfigurationSection, string?>>(StringComparer.OrdinalIgnoreCase)
        {
            [nameof(options.DeadLetterCapacity)] = section => Int(section, value => options.DeadLetterCapacity = value),
            [nameof(options.MaxHops)] = section => Int(section, value => options.MaxHops = value),
            [nameof(options.AbandonAfter)] = section => Time(section, value => options.AbandonAfter = value),
            [nameof(options.DrainTimeout)] = section => Time(section, value => options.DrainTimeout = value),
            [nameof(options.DeduplicationWindow)] = section => Time(section, value => options.DeduplicationWindow = value),
            [nameof(options.DegradedQueueFill)] = section => Share(section, value => options.DegradedQueueFill = value),
            [nameof(options.DegradedDeadLetters)] = section => Int(section, value => options.DegradedDeadLetters = value),
            [nameof(options.TraceParenting)] = section => Choice<TraceParenting>(section, value => options.TraceParenting = value),
            [SubscriptionsKey] = static _ => null,
            [SchedulesKey] = static _ => null,
        });
    }

    /// <summary>Applies the settings of one subscription.</summary>
    public IEnumerable<string> Apply(SubscriptionDefinition definition)
    {
        if (_bus?.GetSection(SubscriptionsKey).GetSection(definition.Name) is not { } section || !section.Exists())
        {
            return [];
        }

        List<string> problems = [];
        problems.AddRange(Apply(section, new Dictionary<string, Func<IConfigurationSection, string?>>(StringComparer.OrdinalIgnoreCase)
        {
            [PatternKey] = each => Pattern(each, definition),
            ["Retry"] = each => Retry(each, definition, problems),
            ["Timeout"] = each => Time(each, value => definition.Timeout = value),
            ["MaxAge"] = each => Time(each, value => definition.MaxAge = value),
            ["Idempotent"] = each => Time(
                each, value => definition.Idempotency = (definition.Idempotency ?? KeyRule.ByEventId()) with { TimeToLive = value }),
            ["AllowRecursion"] = each => Bool(each, value => definition.AllowsRecursion = value),
            ["Queue"] = each => Queue(each, definition, problems),
            ["Batch"] = each => Batch(each, definition, problems),
        }));
        return problems;
    }

    /// <summary>Checks that every schedule which the configuration speaks of exists.</summary>
    public IEnumerable<string> ApplySchedules(IReadOnlyCollection<string> names) =>
        from section in _bus?.GetSection(SchedulesKey).GetChildren() ?? []
        where !names.Contains(section.Key, StringComparer.OrdinalIgnoreCase)
        select $"The configuration sets '{section.Path}', but no schedule has that name.{Spelling.DidYouMean(section.Key, names)} " +
            $"Known are: {(names.Count == 0 ? "none" : string.Join(", ", names))}.";

    /// <summary>Applies the settings of one schedule.</summary>
    public IEnumerable<string> ApplySchedule(string name, Dictionary<string, Func<IConfigurationSection, string?>> known) =>
        _bus is null ? [] : Apply(_bus.GetSection(SchedulesKey).GetSection(name), known);

    /// <summary>The configured subscriptions that do not exist.</summary>
    public IEnumerable<(string Path, string? DidYouMean)> FindUnused(IReadOnlyCollection<string> names)
    {
        return _bus is null ? [] : _bus.GetSection(SubscriptionsKey).GetChildren()
            .Where(section => !names.Contains(section.Key, StringComparer.OrdinalIgnoreCase))
            .Select(section => (section.Path, Spelling.Nearest(section.Key, names)));
    }

    /// <summary>The pattern that the configuration gives a subscription at this moment; null where it gives none.</summary>
    /// <param name="subscription">The subscription's name.</param>
    /// <param name="problem">Why what it gives is no text; null where it is, or is missing.</param>
    public string? PatternOf(string subscription, out string? problem)
    {
        problem = null;
        if (_bus?.GetSection(SubscriptionsKey).GetSection(subscription).GetSection(PatternKey) is not { } section || !section.Exists())
        {
            return null;
        }

        problem = section.Value is null ? NoText(section) : null;
        return section.Value;
    }

    /// <summary>Calls back whenever the configuration has changed, until the result is disposed.</summary>
    public IDisposable? OnChange(Action changed) =>
        configuration is null ? null : ChangeToken.OnChange(configuration.GetReloadToken, changed);

    private static string? Pattern(IConfigurationSection section, SubscriptionDefinition definition) => section.Value is { } text
        ? Set(text, value => definition.ConfiguredPattern = value)
        : NoText(section);

    private static string NoText(IConfigurationSection section) =>
        $"The configuration sets '{section.Path}' to a group of settings. A pattern is one text, with its quotes escaped. " +
        "Write for example \"Pattern\": \"{ \\\"country\\\": [\\\"NO\\\"] }\".";

    private static string? Queue(IConfigurationSection section, SubscriptionDefinition definition, List<string> problems)
    {
        QueueOptions queue = definition.Queue ??= new QueueOptions();
        problems.AddRange(Apply(section, new Dictionary<string, Func<IConfigurationSection, string?>>(StringComparer.OrdinalIgnoreCase)
        {
            [nameof(queue.Capacity)] = each => Int(each, value => queue.Capacity = value),
            [nameof(queue.MaxConcurrency)] = each => Int(each, value => queue.MaxConcurrency = value),
            [nameof(queue.FullMode)] = each => Choice<QueueFullMode>(each, value => queue.FullMode = value),
        }));
        return null;
    }

    private static string? Batch(IConfigurationSection section, SubscriptionDefinition definition, List<string> problems)
    {
        BatchOptions batch = definition.Batch ??= new BatchOptions();
        problems.AddRange(Apply(section, new Dictionary<string, Func<IConfigurationSection, string?>>(StringComparer.OrdinalIgnoreCase)
        {
            [nameof(batch.Size)] = each => Int(each, value => batch.Size = value),
            [nameof(batch.Window)] = each => Time(each, value => batch.Window = value),
            [nameof(batch.Bisect)] = each => Bool(each, value => batch.Bisect = value),
        }));
        return null;
    }

    private static string? Retry(IConfigurationSection section, SubscriptionDefinition definition, List<string> problems)
    {
        // A preset is where the other keys start from, wherever it stands in the file.
        if (section["Preset"] is not null
            && Choice<RetryPreset>(section.GetSection("Preset"), definition.UsePreset) is { } problem)
        {
            problems.Add(problem);
        }

        RetryOptions retry = definition.Retry ??= new RetryOptions();
        problems.AddRange(Apply(section, new Dictionary<string, Func<IConfigurationSection, string?>>(StringComparer.OrdinalIgnoreCase)
        {
            ["Preset"] = static _ => null,
            [nameof(retry.MaxRetryAttempts)] = each => Int(each, value => retry.MaxRetryAttempts = value),
            [nameof(retry.Delay)] = each => Time(each, value => retry.Delay = value),
            [nameof(retry.MaxDelay)] = each => Time(each, value => retry.MaxDelay = value),
            [nameof(retry.Backoff)] = each => Choice<RetryBackoff>(each, value => retry.Backoff = value),
            [nameof(retry.UseJitter)] = each => Bool(each, value => retry.UseJitter = value),
        }));
        return null;
    }

    private static List<string> Apply(
        IConfigurationSection section, Dictionary<string, Func<IConfigurationSection, string?>> known)
    {
        List<string> problems = [];
        if (!string.IsNullOrEmpty(section.Value))
        {
            problems.Add($"The configuration sets '{section.Path}' to '{section.Value}', which is a group of settings. " +
                $"Write one of its keys: {string.Join(", ", known.Keys)}.");
        }

        // In the order of the known keys, not of the file: a retry preset brings a maximum age, which MaxAge then overrides.
        List<string> order = [.. known.Keys];
        foreach (IConfigurationSection child in section.GetChildren().OrderBy(
            child => order.FindIndex(key => key.Equals(child.Key, StringComparison.OrdinalIgnoreCase))))
        {
            if (!known.TryGetValue(child.Key, out Func<IConfigurationSection, string?>? apply))
            {
                problems.Add($"The configuration sets '{child.Path}', which does not exist.{Spelling.DidYouMean(child.Key, known.Keys)} " +
                    $"Known are: {string.Join(", ", known.Keys)}.");
            }
            else if (apply(child) is { } problem)
            {
                problems.Add(problem);
            }
        }

        return problems;
    }

    private static string? Int(IConfigurationSection section, Action<int> set) =>
        int.TryParse(section.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value)
            ? Set(value, set)
            : Unreadable(section, "a whole number such as 5");

    private static string? Share(IConfigurationSection section, Action<double> set) =>
        double.TryParse(section.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? Set(value, set)
            : Unreadable(section, "a number such as 0.8");

    private static string? Bool(IConfigurationSection section, Action<bool> set) =>
        bool.TryParse(section.Value, out bool value) ? Set(value, set) : Unreadable(section, "true or false");

    // A bare number would be read as days: refused, because whoever wrote 30 meant seconds.
    public static string? Time(IConfigurationSection section, Action<TimeSpan> set) =>
        section.Value?.Contains(':') == true && TimeSpan.TryParse(section.Value, CultureInfo.InvariantCulture, out TimeSpan value)
            ? Set(value, set)
            : Unreadable(section, "a time such as 00:00:30 (hours:minutes:seconds)");

    private static string? Choice<TChoice>(IConfigurationSection section, Action<TChoice> set)
        where TChoice : struct, Enum =>
        Enum.GetNames<TChoice>().Contains(section.Value, StringComparer.OrdinalIgnoreCase)
            ? Set(Enum.Parse<TChoice>(section.Value!, ignoreCase: true), set)
            : Unreadable(section, $"one of {string.Join(", ", Enum.GetNames<TChoice>())}");

    private static string? Set<TValue>(TValue value, Action<TValue> set)
    {
        set(value);
        return null;
    }

    private static string Unreadable(IConfigurationSection section, string expected) =>
        $"The configuration sets '{section.Path}' to '{section.Value}', which cannot be read. Write {expected}.";
}
