using EventBus.Subscriptions;

namespace EventBus.Publishing;

/// <summary>The subscriptions of one event type as they stood at one moment. Never changes.</summary>
internal sealed class RouteTable<TEvent>
{
    public RouteTable(IEnumerable<Subscription> subscriptions)
    {
        // Queued ones first: they take the event at once, while an inline handler may keep the publisher for long.
        Routes = [.. subscriptions.OrderBy(static each => each.IsInline).Select(static each => new Route<TEvent>(each))];
        IsPlain = Routes.Length > 0 && Array.TrueForAll(Routes, static route => route.Subscription.IsPlain);
    }

    public Route<TEvent>[] Routes { get; }

    /// <summary>Whether a publish may call all handlers itself, with nothing in between.</summary>
    public bool IsPlain { get; }
}
