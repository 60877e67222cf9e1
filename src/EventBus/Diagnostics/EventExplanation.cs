using System.Globalization;
using System.Text;

namespace EventBus.Diagnostics;

/// <summary>What would become of an event that was published now.</summary>
/// <param name="EventType">The name of the event's type.</param>
/// <param name="Subscriptions">Every subscription of the type, in the order in which they would get the event.</param>
public sealed record EventExplanation(string EventType, IReadOnlyList<SubscriptionExplanation> Subscriptions)
{
    /// <summary>The explanation as text: a line for each subscription, and below it the tree of each of its patterns.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        int running = Subscriptions.Count(static each => each.WouldRun);
        text.Append(CultureInfo.InvariantCulture, $"{EventType}: {running} of {Subscriptions.Count} subscriptions would run");
        foreach (SubscriptionExplanation subscription in Subscriptions)
        {
            text.AppendLine().Append(subscription);
        }

        return text.ToString();
    }
}
