using System.Globalization;
using EventBus;
using EventBus.DeadLettering;
using EventBus.Diagnostics;
using WebhookRouter.Handling;

namespace WebhookRouter.Reporting;

/// <summary>Writes what became of the input: names, subscriptions, malformed lines, dead letters, and the sums that must hold.</summary>
internal sealed class Report(TextWriter output)
{
    private const int ShownLetters = 20;

    public void WriteNames(EventNameCounts published)
    {
        IReadOnlyList<(string Name, string Type, long Count)> counts = published.Read();
        Line($"{"event name",-34}{"type",-38}{"published",9}");
        foreach ((string name, string type, long count) in counts)
        {
            Line($"{name,-34}{type,-38}{count,9}");
        }

        Line($"{$"{counts.Count} names",-34}{"",-38}{counts.Sum(static each => each.Count),9}");
        Line($"");
    }

    public void WriteSubscriptions(EventBusStatistics statistics)
    {
        Line($"{"subscription",-24}{"event type",-22}{"kind",-8}{"accepted",9}{"succeeded",10}{"dead-lettered",14}{"pending",8}{"filtered",9}");
        foreach (SubscriptionStatistics each in statistics.Subscriptions)
        {
            string type = each.EventType[(each.EventType.LastIndexOf('.') + 1)..];
            WriteCounts(each.Name, type, each.QueueCapacity is null ? "inline" : "queued", each.Counts);
        }

        WriteCounts("total", "", "", statistics.Total);
        Line($"");
    }

    public void WriteHandled(EventBusStatistics statistics, HandledWebhooks handled)
    {
        Line($"what the handlers did (the first {HandledWebhooks.Shown} of each, by line)");
        foreach (SubscriptionStatistics subscription in statistics.Subscriptions)
        {
            foreach ((long line, string text) in handled.Of(subscription.Name))
            {
                Line($"  {subscription.Name,-24}line {line,-6}{text}");
            }
        }

        Line($"");
    }

    public async Task WriteDeadLettersAsync(IDeadLetters deadLetters)
    {
        DeadLetterQuery first = new() { Limit = ShownLetters };
        await foreach (DeadLetter letter in deadLetters.QueryAsync(first))
        {
            string message = letter.Failures.Count > 0 ? letter.Failures[^1].Message : "";
            Line($"dead letter: line {InputLine.Of(letter.Metadata.Headers)}, {letter.Subscription}, {letter.Reason} after {letter.Attempts} attempts. {message}");
        }
    }

    public void WriteMalformed(LineTally tally)
    {
        foreach ((long line, string problem) in tally.FirstMalformed)
        {
            Line($"malformed: line {line}: {problem}");
        }

        if (tally.Malformed > tally.FirstMalformed.Count)
        {
            Line($"malformed: and {tally.Malformed - tally.FirstMalformed.Count} more, all on the error stream");
        }
    }

    /// <summary>Writes the sums, and says of each whether it holds.</summary>
    /// <returns>Whether all hold.</returns>
    public bool WriteSums(LineTally tally, EventNameCounts audited, EventBusStatistics statistics)
    {
        long seen = audited.Read().Sum(static each => each.Count);
        DeliveryCounts total = statistics.Total;
        bool holds = WriteSum(
            tally.AddsUp,
            $"lines: {tally.Lines} = {tally.Published} published + {tally.Malformed} malformed + {tally.Blank} blank");
        holds &= WriteSum(
            tally.Published == statistics.Published && tally.Published == seen,
            $"events: {tally.Published} published = {statistics.Published} counted by the bus = {seen} seen by the audit");
        holds &= WriteSum(
            total.IsConserved && statistics.Subscriptions.All(static each => each.Counts.IsConserved),
            $"deliveries: {total.Accepted} accepted = {total.Succeeded} succeeded + {total.DeadLettered} dead-lettered + {total.Pending} pending");
        return holds;
    }

    private bool WriteSum(bool holds, FormattableString sum)
    {
        output.Write(sum.ToString(CultureInfo.InvariantCulture));
        output.WriteLine(holds ? "  (holds)" : "  (VIOLATED)");
        return holds;
    }

    private void WriteCounts(string name, string type, string kind, DeliveryCounts counts) =>
        Line($"{name,-24}{type,-22}{kind,-8}{counts.Accepted,9}{counts.Succeeded,10}{counts.DeadLettered,14}{counts.Pending,8}{counts.Filtered,9}");

    private void Line(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture).TrimEnd());
}
