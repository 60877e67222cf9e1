namespace EventBus;

/// <summary>Why a delivery was given up.</summary>
public enum DeadLetterReason
{
    /// <summary>Every allowed attempt failed.</summary>
    RetriesExhausted,

    /// <summary>The handler threw an exception that its subscription does not retry.</summary>
    NotRetryable,

    /// <summary>The last allowed attempt ran out of time, or an attempt went on after its token had fired.</summary>
    TimedOut,

    /// <summary>The event was older than the subscription's maximum age before an attempt could begin.</summary>
    Expired,

    /// <summary>The event stood at the end of too long a chain of handlers publishing to handlers.</summary>
    RecursionLimit,

    /// <summary>The subscription's filter threw, or what finds an event's key.</summary>
    FilterFailed,

    /// <summary>The queue was full and its mode is <see cref="QueueFullMode.DeadLetter"/>.</summary>
    QueueFull,

    /// <summary>The publisher's token was cancelled after other subscriptions had taken the event.</summary>
    PublishCancelled,

    /// <summary>The bus stopped before the delivery could be completed.</summary>
    Shutdown,

    /// <summary>An earlier event of its key is a dead letter, and it waits behind: see <see cref="AfterDeadLetter.Park"/>.</summary>
    Parked,

    /// <summary>The subscription was paused with <see cref="PauseMode.DeadLetter"/>.</summary>
    Paused,
}
