using EventBus.Subscriptions;

namespace EventBus.Publishing;

/// <summary>All that concerns the events of one runtime type.</summary>
internal abstract class Topic(Type runtimeType, string typeName)
{
    private long _published;
    private long _unmatched;

    public Type RuntimeType { get; } = runtimeType;

    public string TypeName { get; } = typeName;

    public long Published => Volatile.Read(ref _published);

    public long Unmatched => Volatile.Read(ref _unmatched);

    /// <summary>Takes the subscriptions to this type anew. Publishes under way keep what they have seen.</summary>
    public abstract void Refresh(IReadOnlyList<Subscription> subscriptions);

    protected void CountPublished() => Interlocked.Increment(ref _published);

    protected void CountUnmatched() => Interlocked.Increment(ref _unmatched);
}
