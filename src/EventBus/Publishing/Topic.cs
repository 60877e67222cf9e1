using EventBus.Diagnostics;
using EventBus.Subscriptions;

namespace EventBus.Publishing;

/// <summary>All that concerns the events of one runtime type.</summary>
internal abstract class Topic(Type runtimeType, string typeName)
{
    private long _published;
    private long _unmatched;

    public Type RuntimeType { get; } = runtimeType;

    public string TypeName { get; } = typeName;

    /// <summary>What is told of its publishes.</summary>
    public Labels Labels { get; } = new("publish", "send", typeName, subscription: null);

    public virtual long Published => Volatile.Read(ref _published);

    public long Unmatched => Volatile.Read(ref _unmatched);

    /// <summary>Takes a subscription in. Publishes under way keep what they have seen.</summary>
    /// <remarks>What changes the subscriptions is called by one thread at a time.</remarks>
    public abstract void Add(Subscription subscription);

    /// <summary>Takes a subscription out, if it is in.</summary>
    /// <returns>What is to be forgotten when the publishes under way have ended; null where nothing is.</returns>
    public abstract PatternRoute? Remove(Subscription subscription);

    /// <summary>Takes the subscription's patterns anew, as one change.</summary>
    /// <returns>What is to be forgotten when the publishes under way have ended; null where nothing is.</returns>
    public abstract PatternRoute? Change(Subscription subscription);

    /// <summary>Publishes an event of exactly <see cref="RuntimeType"/>, for a publisher that holds it as something else.</summary>
    public abstract ValueTask PublishHeldAsync(object @event, PublishOptions? options, CancellationToken cancellationToken);

    /// <summary>Explains an event of exactly <see cref="RuntimeType"/>, for a caller that holds it as something else.</summary>
    public abstract EventExplanation ExplainHeld(object @event);

    /// <summary>Lets go of what threads keep for their next publish.</summary>
    public abstract void Release();

    /// <summary>Counts up what was published to subscriptions that are in no more, as far as no such publish is under way.</summary>
    public abstract void Settle();

    public void CountPublished(long count = 1) => Interlocked.Add(ref _published, count);

    public void CountUnmatched() => Interlocked.Increment(ref _unmatched);
}
