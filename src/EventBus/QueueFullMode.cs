namespace EventBus;

/// <summary>What becomes of an event when a subscription's queue is full.</summary>
public enum QueueFullMode
{
    /// <summary>The publisher waits for room (back-pressure). A publish made inside a handler overflows the bound instead.</summary>
    Wait,

    /// <summary>The publisher gets a <see cref="Dispatching.QueueFullException"/>; other subscriptions keep the event.</summary>
    Reject,

    /// <summary>The event becomes a dead letter of this subscription, and the publisher goes on.</summary>
    DeadLetter,
}
