using EventBus.DeadLettering;

namespace EventBus.Delivering;

/// <summary>An event: a delivery was given up. Published by subscriptions that say <see cref="SubscriptionBuilder{TEvent}.OnFailure()"/>.</summary>
/// <typeparam name="TEvent">What the subscription handles.</typeparam>
/// <param name="Event">The event that could not be handled, as it was published.</param>
/// <param name="Metadata">Its metadata.</param>
/// <param name="Subscription">The name of the subscription that failed.</param>
/// <param name="Reason">Why the delivery was given up.</param>
/// <param name="Attempts">How many attempts were made since the event was published or last redriven; 0 where the handler was never called.</param>
/// <param name="Failures">The failures, oldest first, as the dead letter has them.</param>
/// <param name="LetterId">The dead letter's id, for <see cref="IDeadLetters"/>. The letter was written before this was published.</param>
public sealed record DeliveryFailed<TEvent>(
    TEvent Event,
    EventMetadata Metadata,
    string Subscription,
    DeadLetterReason Reason,
    int Attempts,
    IReadOnlyList<DeliveryFailure> Failures,
    Guid LetterId)
    where TEvent : notnull;
