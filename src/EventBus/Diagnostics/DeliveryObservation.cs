
namespace EventBus.Diagnostics;

/// <summary>One thing that happened to an event.</summary>
/// <param name="Stage">What happened.</param>
/// <param name="Event">The event.</param>
/// <param name="Metadata">Its metadata.</param>
/// <param name="Subscription">The subscription's name; null where the event as a whole is meant.</param>
/// <param name="Attempt">The attempt's number; 0 where no handler was called.</param>
/// <param name="Exception">Why the attempt failed; null where none did.</param>
/// <param name="Reason">Why the delivery was given up; null otherwise.</param>
public readonly record struct DeliveryObservation(
    DeliveryStage Stage,
    object Event,
    EventMetadata Metadata,
    string? Subscription,
    int Attempt,
    Exception? Exception,
    DeadLetterReason? Reason);
