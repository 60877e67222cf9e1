namespace EventBus.Diagnostics;

/// <summary>What an observer is told of.</summary>
public enum DeliveryStage
{
    /// <summary>An event was published. Told once an event, before any subscription is asked.</summary>
    Published,

    /// <summary>No subscription took the event. Told once an event.</summary>
    Unmatched,

    /// <summary>The subscription's filter turned the event away.</summary>
    Filtered,

    /// <summary>The subscription took the event.</summary>
    Accepted,

    /// <summary>An attempt failed, and another will follow.</summary>
    Retrying,

    /// <summary>The delivery ended well.</summary>
    Succeeded,

    /// <summary>The delivery was given up.</summary>
    DeadLettered,

    /// <summary>A dead letter was taken by its subscription again. Told besides <see cref="Accepted"/>.</summary>
    Redriven,

    /// <summary>A handler went on after its token had fired, and its place was given away.</summary>
    Abandoned,

    /// <summary>
    /// An event was published again with its <see cref="PublishOptions.DeduplicationId"/>, and goes to nobody. Told once an event, in the
    /// place of <see cref="Published"/>.
    /// </summary>
    Deduplicated,
}
