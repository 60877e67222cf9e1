using System.Globalization;
using System.Text;
using EventBus.Diagnostics;

namespace EventBus.Testing;

/// <summary>Writes what happened for a reader: a line for each entry, a line for each subscription.</summary>
internal static class Journal
{
    private const int MaxLines = 200;
    private const int MaxText = 160;

    public static string Of(IReadOnlyList<RecordedEvent<object>> entries)
    {
        if (entries.Count == 0)
        {
            return "  nothing";
        }

        StringBuilder text = new();
        int skipped = Math.Max(0, entries.Count - MaxLines);
        if (skipped > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"  ({skipped} earlier entries are in EventBusRecorder.Entries)\n");
        }

        // The event is spelled out where the reader meets it first, and is its number from there on.
        HashSet<int> met = [];
        foreach (RecordedEvent<object> entry in entries.Skip(skipped))
        {
            text.Append("  ").Append(Line(entry, met.Add(entry.Number))).Append('\n');
        }

        return text.ToString().TrimEnd();
    }

    public static string Line<TEvent>(RecordedEvent<TEvent> entry, bool withEvent)
        where TEvent : notnull
    {
        StringBuilder line = new();
        line.Append(CultureInfo.InvariantCulture, $"+{Seconds(entry.Elapsed)} #{entry.Number} {Word(entry.Stage)}");
        if (entry.Subscription is not null)
        {
            line.Append(" by '").Append(entry.Subscription).Append('\'');
        }

        if (entry.Attempt > 0)
        {
            line.Append(CultureInfo.InvariantCulture, $", attempt {entry.Attempt}");
        }

        if (entry.Reason is { } reason)
        {
            line.Append(CultureInfo.InvariantCulture, $", {reason}");
        }

        if (entry.Exception is { } exception)
        {
            line.Append(", ").Append(exception.GetType().Name).Append(": ").Append(Shorten(exception.Message));
        }

        if (withEvent)
        {
            line.Append(": ").Append(Describe(entry.Event));
        }

        return line.ToString();
    }

    public static string Of(EventBusStatistics statistics, Func<DeliveryCounts, bool>? choose = null)
    {
        StringBuilder text = new();
        foreach (SubscriptionStatistics subscription in statistics.Subscriptions)
        {
            if (choose is null || choose(subscription.Counts))
            {
                text.Append("  '").Append(subscription.Name).Append("': ").Append(Counts(subscription.Counts)).Append('\n');
            }
        }

        return text.Length == 0 ? "  none" : text.ToString().TrimEnd();
    }

    public static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");

    private static string Counts(DeliveryCounts counts)
    {
        (long Count, string Word)[] parts =
        [
            (counts.Succeeded, "handled"),
            (counts.DeadLettered, "dead-lettered"),
            (counts.Queued, "queued"),
            (counts.Running, "running"),
            (counts.WaitingForRetry, "waiting for a retry"),
            (counts.Delayed, "delayed"),
            (counts.DelaysCancelled, "taken back"),
            (counts.Retries, counts.Retries == 1 ? "retry" : "retries"),
            (counts.Filtered, "filtered"),
            (counts.Rejected, "rejected"),
            (counts.Abandoned, "abandoned"),
            (counts.Duplicates, counts.Duplicates == 1 ? "duplicate" : "duplicates"),
        ];
        IEnumerable<string> told = parts
            .Where(static part => part.Count != 0)
            .Select(static part => string.Create(CultureInfo.InvariantCulture, $"{part.Count} {part.Word}"))
            .Prepend(string.Create(CultureInfo.InvariantCulture, $"{counts.Accepted} accepted"));
        return string.Join(", ", told);
    }

    private static string Word(DeliveryStage stage) => stage switch
    {
        DeliveryStage.Published => "published",
        DeliveryStage.Unmatched => "unmatched (no subscription took it)",
        DeliveryStage.Filtered => "filtered",
        DeliveryStage.Accepted => "accepted",
        DeliveryStage.Retrying => "to be retried",
        DeliveryStage.Succeeded => "handled",
        DeliveryStage.DeadLettered => "dead-lettered",
        DeliveryStage.Redriven => "redriven",
        DeliveryStage.Abandoned => "abandoned",
        DeliveryStage.Deduplicated => "deduplicated (published before)",
        _ => stage.ToString(),
    };

    private static string Describe(object @event)
    {
        Type type = @event.GetType();
        string text = @event.ToString() ?? "";

        // A record begins with its type's name; a class that does not describe itself says its full name, which is no news.
        if (text == type.ToString())
        {
            return type.Name;
        }

        return Shorten(text.StartsWith(type.Name, StringComparison.Ordinal) ? text : $"{type.Name} {text}");
    }

    private static string Shorten(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        return line.Length <= MaxText ? line : $"{line.AsSpan(0, MaxText)}…";
    }
}
