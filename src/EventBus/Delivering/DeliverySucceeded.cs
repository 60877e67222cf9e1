namespace EventBus.Delivering;

/// <summary>An event: a delivery has succeeded. Published by subscriptions that say <see cref="SubscriptionBuilder{TEvent}.OnSuccess()"/>.</summary>
/// <typeparam name="TEvent">What the subscription handles.</typeparam>
/// <param name="Event">The event that was handled, as it was published.</param>
/// <param name="Metadata">Its metadata.</param>
/// <param name="Subscription">The name of the subscription that handled it.</param>
/// <param name="Attempts">How many attempts it took since the event was published or last redriven; 1 or more.</param>
public sealed record DeliverySucceeded<TEvent>(TEvent Event, EventMetadata Metadata, string Subscription, int Attempts)
    where TEvent : notnull;
