using EventBus.Delivering;
using EventBus.Dispatching.Lanes;

namespace EventBus.Dispatching;

/// <summary>One place in a queue: an event, with as little around it as its publisher needed.</summary>
/// <param name="Carrier">
/// What is known of it: a <see cref="Delivery"/>; an <see cref="Envelope"/> that several deliveries share; or only the event type's name,
/// a <see cref="string"/>, where a delivery is made if it is ever needed. Null in an empty place.
/// </param>
/// <param name="Event">The event; null where the carrier has it.</param>
/// <param name="PublishedAt">UTC ticks; 0 where the carrier has them. In a queue that makes batches: since when it waits.</param>
/// <param name="Lane">The lane that it is the next of; null in a queue without lanes, and for an event without a key.</param>
internal readonly record struct QueuedEvent(object? Carrier, object? Event, long PublishedAt, Lane? Lane = null)
{
    public QueuedEvent(Delivery delivery)
        : this(delivery, null, 0)
    {
    }

    /// <summary>The delivery, made now where there is none.</summary>
    public Delivery ToDelivery(Deliverer deliverer) => Carrier switch
    {
        Delivery delivery => delivery,
        Envelope envelope => new Delivery(envelope, deliverer),
        _ => new Delivery(Fill(new Envelope()), deliverer),
    };

    /// <summary>The delivery, counted as running from now on.</summary>
    public Delivery TakeOver(Deliverer deliverer)
    {
        deliverer.Counters.TakenOver();
        return ToDelivery(deliverer);
    }

    /// <summary>Makes an envelope this event's. The carrier must be a name.</summary>
    public Envelope Fill(Envelope envelope)
    {
        envelope.Fill(Event!, (string)Carrier!, PublishedAt);
        return envelope;
    }
}
