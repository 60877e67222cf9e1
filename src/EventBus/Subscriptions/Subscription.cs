using EventBus.Delivering;
using EventBus.Diagnostics;
using EventBus.Dispatching;
using EventBus.Patterns;

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

    /// <summary>Its place among the subscriptions that take one event: queued ones first, each kind as they were made.</summary>
    /// <remarks>Queued ones take the event at once, while an inline handler may keep the publisher for long.</remarks>
    public long Order { get; private set; }

    /// <summary>What the event's content must match. Replaced whole when the configuration changes.</summary>
    public abstract BoundPatterns Patterns { get; set; }

    /// <summary>The configuration's pattern as it was last read; null where it gives none.</summary>
    public string? ConfiguredPattern { get; set; }

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

    /// <summary>Reads a pattern of the configuration and binds it; null for those of the code.</summary>
    /// <exception cref="EventPatternException">The text is no pattern, or names a field that the type cannot have.</exception>
    public abstract BoundPatterns Bind(string? configuredPattern);

    /// <summary>Does something with the event type as a type argument: nothing is built by reflection.</summary>
    public abstract TResult UseEventType<TResult>(IEventTypeUse<TResult> use);

    /// <summary>Takes its place behind the subscriptions made before it.</summary>
    public void Place(long number) => Order = IsInline ? number | (1L << 62) : number;

    public SubscriptionStatistics Read() =>
        new(Name, EventType.FullName ?? EventType.Name, Dispatcher.Capacity, Counters.Read()) { Paused = Dispatcher.Paused };
}
