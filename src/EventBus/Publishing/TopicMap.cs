using System.Collections.Concurrent;
using EventBus.Diagnostics;
using EventBus.Subscriptions;

namespace EventBus.Publishing;

/// <summary>All topics of one bus, and what their publishes share.</summary>
/// <remarks>Thread-safe. A topic is found by the slot number of its static type: no dictionary on the way.</remarks>
internal sealed class TopicMap(
    SubscriptionCatalog subscriptions, EventTypeNames names, TimeProvider clock, Telemetry telemetry, PublishGate gate, int maxHops)
{
    private readonly object _gate = new();
    private readonly List<Topic> _all = [];
    private readonly ConcurrentDictionary<Type, bool> _withoutSubscriber = new();
    private volatile Topic?[] _bySlot = [];

    public TimeProvider Clock => clock;

    public Telemetry Telemetry => telemetry;

    public PublishGate Gate => gate;

    public int MaxHops => maxHops;

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
    public Topic<TEvent> Get<TEvent>()
        where TEvent : notnull
    {
        Topic?[] topics = _bySlot;
        int slot = TopicSlot<TEvent>.Number;
        return slot < topics.Length && topics[slot] is { } topic ? (Topic<TEvent>)topic : AddToSlot<TEvent>(slot);
    }

    /// <summary>Makes the topic of a runtime type whose events are held as <typeparamref name="TEvent"/>.</summary>
    public Topic<TEvent> Add<TEvent>(Type runtimeType)
        where TEvent : notnull
    {
        lock (_gate)
        {
            return AddUnderLock<TEvent>(runtimeType);
        }
    }

    /// <summary>True the first time it is asked for a type, under however many static types its events are held.</summary>
    public bool IsFirstWithoutSubscriber(Type runtimeType) => _withoutSubscriber.TryAdd(runtimeType, true);

    /// <summary>Lets every topic that a subscription concerns see the subscriptions as they are now.</summary>
    public void Refresh(Type eventType)
    {
        lock (_gate)
        {
            foreach (Topic topic in _all)
            {
                if (eventType.IsAssignableFrom(topic.RuntimeType))
                {
                    topic.Refresh(subscriptions.All);
                }
            }
        }
    }

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

            Topic<TEvent> topic = AddUnderLock<TEvent>(typeof(TEvent));
            Array.Resize(ref topics, Math.Max(slot + 1, topics.Length));
            topics[slot] = topic;
            _bySlot = topics;
            return topic;
        }
    }

    private Topic<TEvent> AddUnderLock<TEvent>(Type runtimeType)
        where TEvent : notnull
    {
        Topic<TEvent> topic = new(this, runtimeType, names.Of(runtimeType));
        topic.Refresh(subscriptions.All);
        _all.Add(topic);
        return topic;
    }
}
