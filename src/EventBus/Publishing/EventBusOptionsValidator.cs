using EventBus.Diagnostics;

namespace EventBus.Publishing;

/// <summary>Checks the settings of the whole bus, each message with the line to write.</summary>
internal static class EventBusOptionsValidator
{
    public static IEnumerable<string> Check(EventBusOptions options)
    {
        if (options.DeadLetterCapacity < 1)
        {
            yield return $"DeadLetterCapacity is {options.DeadLetterCapacity}. A bus without room for a dead letter would lose " +
                "events. Write 1 or more: bus.Configure(options => options.DeadLetterCapacity = 10_000).";
        }

        if (options.MaxHops < 1)
        {
            yield return $"MaxHops is {options.MaxHops}. No handler could publish anything. " +
                "Write 1 or more: bus.Configure(options => options.MaxHops = 16).";
        }

        if (options.AbandonAfter < TimeSpan.Zero)
        {
            yield return $"AbandonAfter is {options.AbandonAfter}. A time cannot be negative. " +
                "Write bus.Configure(options => options.AbandonAfter = TimeSpan.FromSeconds(2)).";
        }

        if (options.DrainTimeout < TimeSpan.Zero)
        {
            yield return $"DrainTimeout is {options.DrainTimeout}. A time cannot be negative. " +
                "Write bus.Configure(options => options.DrainTimeout = TimeSpan.FromSeconds(30)).";
        }

        if (options.DeduplicationWindow <= TimeSpan.Zero)
        {
            yield return $"DeduplicationWindow is {options.DeduplicationWindow}. No second publish of an id could ever be found. " +
                "Write a time above zero: bus.Configure(options => options.DeduplicationWindow = TimeSpan.FromMinutes(5)).";
        }

        if (options.DegradedQueueFill is not (> 0 and <= 1))
        {
            yield return $"DegradedQueueFill is {options.DegradedQueueFill}. It is a share of the capacity. " +
                "Write a number above 0 and up to 1: bus.Configure(options => options.DegradedQueueFill = 0.8).";
        }

        if (options.DegradedDeadLetters < 1)
        {
            yield return $"DegradedDeadLetters is {options.DegradedDeadLetters}. The bus could never be healthy. " +
                "Write 1 or more: bus.Configure(options => options.DegradedDeadLetters = 1).";
        }

        if (options.TraceParenting is not (TraceParenting.Child or TraceParenting.Link))
        {
            yield return $"TraceParenting is {(int)options.TraceParenting}, which does not exist. " +
                $"Write {nameof(TraceParenting)}.{nameof(TraceParenting.Child)} or {nameof(TraceParenting)}.{nameof(TraceParenting.Link)}.";
        }
    }
}
