namespace EventBus;

/// <summary>What is known about a published event besides its content.</summary>
/// <param name="EventId">Identifies the event, the same for all its subscriptions and attempts. A version 7 UUID unless chosen.</param>
/// <param name="OccurredAt">
/// When it was published, unless the publisher named another time. UTC. Of an event that is only queued, the last tick of the system's clock:
/// up to some milliseconds earlier.
/// </param>
/// <param name="TypeName">The event type's stable name: its full name, or that given by <see cref="EventBusBuilder.NameEvent{TEvent}"/>.</param>
/// <param name="CorrelationId">
/// Shared by all events of one conversation: the publisher's choice, else that of the event whose handler published this one,
/// else the id of this event.
/// </param>
/// <param name="CausationId">The id of the event whose handler published this one; null for an event published outside a handler.</param>
/// <param name="HopCount">How many handlers stand between this event and the start of its chain: 0 outside a handler. Retries do not count.</param>
/// <param name="Headers">The publisher's own values. Never null. They are not passed on to events that handlers publish.</param>
public sealed record EventMetadata(
    Guid EventId,
    DateTimeOffset OccurredAt,
    string TypeName,
    string CorrelationId,
    Guid? CausationId,
    int HopCount,
    IReadOnlyDictionary<string, string> Headers);
