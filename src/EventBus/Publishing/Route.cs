using EventBus.Delivering;
using EventBus.Filtering;
using EventBus.Subscriptions;

namespace EventBus.Publishing;

/// <summary>The way from a topic to one subscription: what a publish reads of it, side by side.</summary>
internal readonly struct Route<TEvent>(Subscription subscription, bool isIndexed = false)
{
    public readonly Func<TEvent, EventContext, CancellationToken, ValueTask> Handler = subscription.HandlerFor<TEvent>();
    public readonly EventFilter<TEvent> Filter = new(subscription, isIndexed);
    public readonly Subscription Subscription = subscription;
    public readonly AttemptWatch Watch = subscription.Deliverer.Watch;
}
