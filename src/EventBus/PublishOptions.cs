namespace EventBus;

/// <summary>What a publisher may say about an event. Everything is optional.</summary>
/// <remarks>Not thread-safe. May be used for several publishes, one after the other.</remarks>
public sealed class PublishOptions
{
    /// <summary>The event's id, for a publisher that has one of its own.</summary>
    /// <value>Null by default: a new version 7 UUID.</value>
    public Guid? EventId { get; set; }

    /// <summary>When the fact became true, where that is not now. Ages are counted from here.</summary>
    /// <value>Null by default: the moment of publishing.</value>
    public DateTimeOffset? OccurredAt { get; set; }

    /// <summary>Ties the event to a conversation, such as a web request's trace or an order's number.</summary>
    /// <value>Null by default: inherited from the event being handled, else the event's own id.</value>
    public string? CorrelationId { get; set; }

    /// <summary>Values that travel with the event to its handlers, dead letters and observers.</summary>
    /// <value>Null by default, which means none. Copied when the event is published.</value>
    public IReadOnlyDictionary<string, string>? Headers { get; set; }

    /// <summary>Makes it harmless to publish the same event twice: of several publishes with one id, one is delivered.</summary>
    /// <value>
    /// 1 to 200 characters, not all of them white space, compared one by one with their case. Null by default: every publish is delivered.
    /// </value>
    /// <remarks>
    /// <para>
    /// An id belongs to the event's own type. For <see cref="EventBusOptions.DeduplicationWindow"/> from the moment when the first subscription
    /// took the event, a publish of that type with that id ends well and goes to nobody. A publish that throws before any subscription took
    /// the event gives its id back.
    /// </para>
    /// <para>
    /// Of two publishes at the same time the second waits until the first is accepted, or takes its place if the first fails. Ids are kept in
    /// memory, and end with the process.
    /// </para>
    /// </remarks>
    public string? DeduplicationId { get; set; }

    /// <summary>How long the event waits before its subscriptions get it. Filters are asked at once, and the publish ends at once.</summary>
    /// <value>
    /// Null by default: no wait. Zero is none either. The publish throws an <see cref="ArgumentException"/> where it is negative, reaches
    /// beyond what a <see cref="DateTimeOffset"/> can hold, or is set together with <see cref="DeliverAt"/>.
    /// </value>
    /// <remarks>
    /// The wait is kept in memory and ends with the process. <see cref="IEventBus.CancelDelayedAsync"/> takes the event back by its id.
    /// </remarks>
    public TimeSpan? DeliverAfter { get; set; }

    /// <summary>When the subscriptions get the event. Filters are asked at once, and the publish ends at once.</summary>
    /// <value>
    /// Null by default: at once. A time that has passed means the same. The publish throws an <see cref="ArgumentException"/> where it is
    /// set together with <see cref="DeliverAfter"/>.
    /// </value>
    /// <remarks>As for <see cref="DeliverAfter"/>.</remarks>
    public DateTimeOffset? DeliverAt { get; set; }
}
