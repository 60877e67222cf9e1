using EventBus.Delivering;
using EventBus.Subscriptions;

namespace EventBus.Publishing.Delaying;

/// <summary>One event that waits for its time, with the subscriptions whose filters have let it pass.</summary>
/// <remarks>Guarded by the lock of <see cref="DelayedDeliveries"/> while it waits; afterwards it does not change.</remarks>
internal sealed class DelayedEvent(Envelope envelope, DateTimeOffset due, Subscription[] subscriptions)
{
    // Not the time with its offset: there may be a million of these.
    private readonly long _due = due.UtcTicks;

    public Guid Id => envelope.Metadata.EventId;

    public Subscription[] Subscriptions { get; set; } = subscriptions;

    public AlarmClock.Alarm? Alarm { get; set; }

    /// <summary>Others with the same id, in a ring without a beginning: this one itself where it is alone.</summary>
    public DelayedEvent? Next { get; set; }

    public DelayedEvent? Previous { get; set; }

    /// <summary>The delivery to one of its subscriptions, as old as the time it was due.</summary>
    public Delivery ToDelivery(Subscription subscription) => new(envelope, subscription.Deliverer)
    {
        IsInline = subscription.IsInline,
        AgeFrom = new DateTimeOffset(_due, TimeSpan.Zero),
    };
}
