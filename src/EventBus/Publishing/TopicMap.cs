using System.Runtime.CompilerServices;
using EventBus.Diagnostics;
using EventBus.Publishing.Deduplicating;
using EventBus.Publishing.Delaying;
using EventBus.Subscriptions;
using Microsoft.Extensions.Options;

namespace EventBus.Publishing;

/// <summary>All topics of one bus, and what their publishes share.</summary>
/// <remarks>Thread-safe. A topic is found by the slot number of its static type: no dictionary on the way.</remarks>
internal sealed class TopicMap(
    SubscriptionCatalog subscriptions,
    EventTypeNames names,
    TimeProvider clock,
    Telemetry telemetry,
    PublishGate gate,
    int maxHops,
    Deduplication deduplication,
    DelayedDeliveries delays)
    : IEventTypeUse<Topic>
{
    private readonly object _gate = new();
    private readonly List<Topic> _all = [];
    private readonly HashSet<Type> _withoutSubscriber = [];
    private volatile Topic?[] _bySlot = [];

    public TimeProvider Clock => clock;

    public Telemetry Telemetry => telemetry;

    public PublishGate Gate => gate;

    public int MaxHops => maxHops;

    public Deduplication Deduplication => deduplication;

    public DelayedDeliveries Delays => delays;

    public IReadOnlyList<Topic> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _all];
            }
        }
    }

    /// <summary>The topic of events that are held as exactly their type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Topic<TEvent> Get<TEvent>()
        where TEvent : notnull
    {
        Topic?[] topics = _bySlot;
        int slot = TopicSlot<TEvent>.Number;

        // What is in the slot of a type is its topic. InlinePublishBenchmarks: a checked cast to a generic type costs 2 ns of 20.
        return (uint)slot < (uint)topics.Length && topics[slot] is { } topic ? Unsafe.As<Topic<TEvent>>(topic) : AddToSlot<TEvent>(slot);
    }

    /// <summary>
    /// The topic of a runtime type for publishers that hold its events as <typeparamref name="TEvent"/>: the type's own where
    /// somebody subscribes to exactly it, else one made for them.
    /// </summary>
    public Topic Find<TEvent>(Type runtimeType)
        where TEvent : notnull
    {
        lock (_gate)
        {
            return subscriptions.All.FirstOrDefault(each => each.EventType == runtimeType) is { } exact
                ? exact.UseEventType(this)
                : AddUnderLock<TEvent>(runtimeType, TopicSlots.Next());
        }
    }

    Topic IEventTypeUse<Topic>.Use<TEvent>() => Get<TEvent>();

    /// <summary>True the first time it is asked for a type, under however many static types its events are held.</summary>
    public bool IsFirstWithoutSubscriber(Type runtimeType)
    {
        lock (_withoutSubscriber)
        {
            return _withoutSubscriber.Add(runtimeType);
        }
    }

    /// <summary>Adds a subscription to the catalogue and to every topic that it concerns.</summary>
    /// <exception cref="OptionsValidationException">Its name is taken.</exception>
    public void Add(Subscription subscription)
    {
        lock (_gate)
        {
            subscriptions.Add(subscription);
            foreach (Topic topic in OfUnderLock(subscription))
            {
                topic.Add(subscription);
            }
        }
    }

    /// <summary>Takes a subscription out of every topic. Publishes under way may still bring it events.</summary>
    /// <returns>What is to be forgotten when those have ended.</returns>
    public IReadOnlyList<PatternRoute> Remove(Subscription subscription)
    {
        lock (_gate)
        {
            subscription.IsEnding = true;
            return [.. OfUnderLock(subscription).Select(topic => topic.Remove(subscription)).OfType<PatternRoute>()];
        }
    }

    /// <summary>Gives a subscription other patterns, in each topic as one change.</summary>
    /// <returns>What is to be forgotten when the publishes under way have ended.</returns>
    public IReadOnlyList<PatternRoute> Change(Subscription subscription, BoundPatterns patterns)
    {
        lock (_gate)
        {
            subscription.Patterns = patterns;
            return subscription.IsEnding
                ? []
                : [.. OfUnderLock(subscription).Select(topic => topic.Change(subscription)).OfType<PatternRoute>()];
        }
    }

    /// <summary>Forgets routes that no publish may see any more.</summary>
    public void Forget(IReadOnlyList<PatternRoute> routes)
    {
        lock (_gate)
        {
            foreach (PatternRoute route in routes)
            {
                route.Forget();
            }

            _all.ForEach(static topic => topic.Settle());
        }
    }

    /// <summary>Lets go of what threads keep for their next publish.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _all.ForEach(static topic => topic.Release());
        }
    }

    private IEnumerable<Topic> OfUnderLock(Subscription subscription) =>
        _all.Where(topic => subscription.EventType.IsAssignableFrom(topic.RuntimeType));

    private Topic<TEvent> AddToSlot<TEvent>(int slot)
        where TEvent : notnull
    {
        lock (_gate)
        {
            Topic?[] topics = _bySlot;
            if (slot < topics.Length && topics[slot] is { } other)
            {
                return (Topic<TEvent>)other;
            }

            Topic<TEvent> topic = AddUnderLock<TEvent>(typeof(TEvent), slot);
            Array.Resize(ref topics, Math.Max(slot + 1, topics.Length));
            topics[slot] = topic;
            _bySlot = topics;
            return topic;
        }
    }

    private Topic<TEvent> AddUnderLock<TEvent>(Type runtimeType, int number)
        where TEvent : notnull
    {
        Topic<TEvent> topic = new(this, runtimeType, names.Of(runtimeType), number);
        foreach (Subscription subscription in subscriptions.All)
        {
            if (!subscription.IsEnding && subscription.EventType.IsAssignableFrom(runtimeType))
            {
                topic.Add(subscription);
            }
        }

        _all.Add(topic);
        return topic;
    }
}
