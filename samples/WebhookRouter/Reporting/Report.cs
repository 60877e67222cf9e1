using System.Globalization;
using System.Runtime.CompilerServices;
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
        WriteRow("subscription", "event type", "kind", "accepted", "succeeded", "dead-lettered", "pending", "filtered");
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
            long line = InputLine.Of(letter.Metadata.Headers);
            Line($"dead letter: line {line}, {letter.Subscription}, {letter.Reason} after {letter.Attempts} attempts. {message}");
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
            $"deliveries: {total.Accepted} accepted = {Ended(total)}");
        return holds;
    }

    private static FormattableString Ended(DeliveryCounts counts) =>
        $"{counts.Succeeded} succeeded + {counts.DeadLettered} dead-lettered + {counts.Pending} pending";

    private bool WriteSum(bool holds, FormattableString sum)
    {
        output.Write(sum.ToString(CultureInfo.InvariantCulture));
        output.WriteLine(holds ? "  (holds)" : "  (VIOLATED)");
        return holds;
    }

    private void WriteCounts(string name, string type, string kind, DeliveryCounts counts) => WriteRow(
        name, type, kind, counts.Accepted, counts.Succeeded, counts.DeadLettered, counts.Pending, counts.Filtered);

    private void WriteRow(params object[] cells) =>
        Line(FormattableStringFactory.Create("{0,-24}{1,-22}{2,-8}{3,9}{4,10}{5,14}{6,8}{7,9}", cells));

    private void Line(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture).TrimEnd());
}
