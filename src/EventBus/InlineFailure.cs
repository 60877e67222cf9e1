namespace EventBus;

/// <summary>What the publisher sees when an inline handler has finally failed.</summary>
public enum InlineFailure
{
    /// <summary>Nothing: the delivery becomes a dead letter, as for a queued subscription.</summary>
    Isolate,

    /// <summary>
    /// The exception, in an <see cref="AggregateException"/> after all inline handlers have run: for events raised in the
    /// caller's own transaction, which must roll back. The delivery becomes a dead letter all the same.
    /// </summary>
    Throw,
}
