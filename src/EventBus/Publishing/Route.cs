using EventBus.Dispatching;
using EventBus.Filtering;
using EventBus.Subscriptions;

namespace EventBus.Publishing;

/// <summary>The way from a topic to one subscription: what a publish reads of it, side by side.</summary>
internal readonly struct Route<TEvent>(Subscription subscription, EventFilter<TEvent> filter)
{
    public readonly Func<TEvent, EventContext, CancellationToken, ValueTask> Handler = subscription.HandlerFor<TEvent>();
    public readonly Func<TEvent, bool>? Predicate = filter.Predicate;
    public readonly EventFilter<TEvent> Filter = filter;
    public readonly Subscription Subscription = subscription;

    /// <summary>Where the event is queued; null where the handler is called in the publisher's flow.</summary>
    public readonly DeliveryQueue? Queue = (subscription.Dispatcher as QueuedDispatcher)?.Queue;

    public Route(Subscription subscription, bool isIndexed = false)
        : this(subscription, new EventFilter<TEvent>(subscription, isIndexed))
    {
    }
}
