using System.Text;
using EventBus.Patterns;

namespace EventBus.Diagnostics;

/// <summary>Whether a subscription would run for an event, and why.</summary>
/// <param name="Subscription">The subscription's name.</param>
/// <param name="WouldRun">Whether its handler would get the event.</param>
/// <param name="Reason">Why, in a sentence.</param>
/// <param name="Patterns">The verdict of each of its patterns, field by field; empty where it has none or one of them threw.</param>
public sealed record SubscriptionExplanation(
    string Subscription, bool WouldRun, string Reason, IReadOnlyList<PatternExplanation> Patterns)
{
    /// <summary>The explanation as text: a line, and below it the tree of each pattern.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        text.Append(WouldRun ? "+ " : "- ").Append(Subscription).Append(": ").Append(Reason);
        foreach (string line in Patterns.SelectMany(static pattern => pattern.ToString().ReplaceLineEndings("\n").Split('\n')))
        {
            text.AppendLine().Append("    ").Append(line);
        }

        return text.ToString();
    }
}
