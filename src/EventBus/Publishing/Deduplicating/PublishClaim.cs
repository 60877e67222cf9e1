namespace EventBus.Publishing.Deduplicating;

/// <summary>One publish's claim to its deduplication id: until the event was accepted it may be given back.</summary>
/// <remarks>Used by one flow, and waited for by others. Guarded by the lock of its <see cref="Deduplication"/>.</remarks>
internal sealed class PublishClaim(Deduplication owner, (string TypeName, string Id) key)
{
    public (string TypeName, string Id) Key { get; } = key;

    /// <summary>Whether the publish waits for room in a queue, as long as nobody has accepted the event.</summary>
    public bool IsWaitingForRoom { get; set; }

    /// <summary>Who waits for the end of this one; null where nobody does. Each is told whether the event was accepted.</summary>
    public List<TaskCompletionSource<bool>>? Waiters { get; set; }

    /// <summary>The same for publishes inside a handler, which must not wait for room that their own handler may hold up.</summary>
    public List<TaskCompletionSource<bool>>? WaitingHandlers { get; set; }

    /// <summary>A subscription took the event, or the publish ended well: the window begins, and repetitions are duplicates.</summary>
    public void Accept() => owner.Accept(this);

    /// <summary>The publish failed: the id is free again, unless the event was accepted before.</summary>
    public void Release() => owner.Release(this);

    /// <summary>From now on the publish waits for room. Whatever ends that, the event is accepted or a dead letter then.</summary>
    public void WaitForRoom() => owner.WaitForRoom(this);
}
