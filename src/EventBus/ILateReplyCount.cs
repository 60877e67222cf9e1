namespace EventBus;

/// <summary>The way down to the counters of the bus, for those who wait for replies from outside it.</summary>
internal interface ILateReplyCount
{
    /// <summary>Counts a reply that came after its request had timed out.</summary>
    /// <param name="typeName">The reply type's stable name.</param>
    void ReplyCameLate(string typeName);
}
