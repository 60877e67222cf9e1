using EventBus.Delivering;
using EventBus.Diagnostics;
using EventBus.Dispatching;

namespace EventBus.Subscriptions;

/// <summary>One named interest in events, running.</summary>
internal abstract class Subscription(Type eventType, Deliverer deliverer, Dispatcher dispatcher, InlineFailure inlineFailure)
{
    public string Name => Deliverer.Name;

    public Type EventType { get; } = eventType;

    public Deliverer Deliverer { get; } = deliverer;

    public Dispatcher Dispatcher { get; } = dispatcher;

    public DeliveryCounters Counters => Deliverer.Counters;

    public bool IsInline => Dispatcher.Capacity is null;

    /// <summary>Whether it takes no more events and waits for the end of those it has.</summary>
    public bool IsEnding { get; set; }

    /// <summary>Whether the publisher wants to see this handler's failure.</summary>
    public bool ThrowsToPublisher { get; } = inlineFailure == InlineFailure.Throw;

    /// <summary>Whether an inline publish may call the handler itself, with nothing in between.</summary>
    public bool IsPlain => IsInline && !ThrowsToPublisher && Deliverer.IsPlain;

    /// <summary>The handler, for publishers that hold the event as <typeparamref name="TPublished"/>.</summary>
    public abstract Func<TPublished, EventContext, CancellationToken, ValueTask> HandlerFor<TPublished>();

    /// <summary>The predicates, for publishers that hold the event as <typeparamref name="TPublished"/>.</summary>
    public abstract IEnumerable<Func<TPublished, bool>> PredicatesFor<TPublished>();

    public SubscriptionStatistics Read() =>
        new(Name, EventType.FullName ?? EventType.Name, Dispatcher.Capacity, Counters.Read());
}
