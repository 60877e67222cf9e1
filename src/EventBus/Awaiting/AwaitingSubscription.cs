namespace EventBus.Awaiting;

/// <summary>How those who wait subscribe: in the publisher's flow, for as long as the reader may take, at any depth of a chain.</summary>
internal static class AwaitingSubscription
{
    // They publish nothing, so they cannot make a chain longer.
    public static void Configure<TEvent>(SubscriptionBuilder<TEvent> subscription)
        where TEvent : notnull =>
        subscription.Inline().AllowRecursion().Timeout(Timeout.InfiniteTimeSpan);
}
