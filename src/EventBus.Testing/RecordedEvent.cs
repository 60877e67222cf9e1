using EventBus.Diagnostics;

namespace EventBus.Testing;

/// <summary>One thing that happened to an event, as <see cref="EventBusRecorder"/> wrote it down.</summary>
/// <typeparam name="TEvent">The type by which the event was asked for: its own, a base or an interface.</typeparam>
/// <remarks>Immutable, but for what the event itself lets change: it is the publisher's own object.</remarks>
public sealed class RecordedEvent<TEvent>
    where TEvent : notnull
{
    private readonly DeliveryObservation _observation;

    internal RecordedEvent(
        in DeliveryObservation observation, TEvent @event, DateTimeOffset recordedAt, TimeSpan elapsed, int number)
    {
        _observation = observation;
        Event = @event;
        RecordedAt = recordedAt;
        Elapsed = elapsed;
        Number = number;
    }

    internal RecordedEvent(RecordedEvent<object> entry, TEvent @event)
        : this(entry.Observation, @event, entry.RecordedAt, entry.Elapsed, entry.Number)
    {
    }

    /// <summary>What happened.</summary>
    public DeliveryStage Stage => _observation.Stage;

    /// <summary>The object that was published.</summary>
    public TEvent Event { get; }

    /// <summary>The event's id, time, correlation, causation and headers.</summary>
    public EventMetadata Metadata => _observation.Metadata;

    /// <summary>The name of the subscription it happened in; null for <see cref="DeliveryStage.Published"/>, <see cref="DeliveryStage.Unmatched"/> and <see cref="DeliveryStage.Deduplicated"/>.</summary>
    public string? Subscription => _observation.Subscription;

    /// <summary>How many attempts had begun, from 1; 0 where the handler has no part in it, as in an acceptance.</summary>
    public int Attempt => _observation.Attempt;

    /// <summary>What the attempt threw; null where none failed.</summary>
    public Exception? Exception => _observation.Exception;

    /// <summary>Why the delivery was given up; null unless <see cref="Stage"/> is <see cref="DeliveryStage.DeadLettered"/>.</summary>
    public DeadLetterReason? Reason => _observation.Reason;

    /// <summary>When it happened by the bus's clock, UTC.</summary>
    public DateTimeOffset RecordedAt { get; }

    /// <summary>The time by the bus's clock since the recording began, which is when the bus was built.</summary>
    public TimeSpan Elapsed { get; }

    // The events in the order in which they were first heard of, so that a reader of the journal can tell them apart.
    internal int Number { get; }

    internal DeliveryObservation Observation => _observation;

    /// <summary>Gives the entry as a line of the journal.</summary>
    /// <returns>Time, event number, stage, event, subscription, attempt, reason and exception, as far as there are any.</returns>
    public override string ToString() => Journal.Line(this, withEvent: true);
}
