namespace EventBus;

/// <summary>What becomes of the events that come to a paused subscription.</summary>
public enum PauseMode
{
    /// <summary>They are queued until it goes on; when the queue is full, its <see cref="QueueFullMode"/> decides.</summary>
    Hold,

    /// <summary>They become dead letters <see cref="DeadLetterReason.Paused"/>. What was queued before stays queued.</summary>
    DeadLetter,
}
