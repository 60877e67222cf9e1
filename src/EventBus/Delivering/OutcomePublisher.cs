using System.Diagnostics;
using EventBus.DeadLettering;
using EventBus.Diagnostics;

namespace EventBus.Delivering;

/// <summary>Publishes what became of one subscription's deliveries, in the place of the handler.</summary>
/// <remarks>Thread-safe. Never throws what the application threw: a delivery that has ended stays as it ended.</remarks>
internal sealed class OutcomePublisher(OutcomeDestinations destinations, DeliveryEnvironment environment)
{
    public ValueTask SucceededAsync(Delivery delivery) =>
        destinations.TellsSuccess ? PublishAsync(delivery, "success", destinations.OfSuccess(delivery)) : default;

    public ValueTask FailedAsync(Delivery delivery, DeadLetter letter)
    {
        if (!destinations.TellsFailure)
        {
            return default;
        }

        if (letter.Reason == DeadLetterReason.RecursionLimit)
        {
            // One hop more would be refused in the same way, and told of, and so on for ever.
            Skip(delivery, "failure", "its chain of events has come to an end");
            return default;
        }

        return PublishAsync(delivery, "failure", destinations.OfFailure(letter));
    }

    private async ValueTask PublishAsync(Delivery delivery, string outcome, IEnumerable<Func<IEventBus, ValueTask>> publishes)
    {
        if (environment.Bus is not { } bus || bus.Stopped.IsCancellationRequested)
        {
            Skip(delivery, outcome, "the bus has stopped");
            return;
        }

        // As if the handler published it: a worker must not wait for room that only itself could make, the drain lets it in, and
        // it stands one hop further down the chain.
        Attempt attempt = new(delivery.Envelope, delivery.Deliverer.Name, delivery.Attempts);
        AmbientAttempt.Set(attempt);
        Activity.Current = delivery.Activity ?? Activity.Current;
        foreach (Func<IEventBus, ValueTask> publish in publishes)
        {
            try
            {
                await publish(bus).ConfigureAwait(Continuation.Capture);
            }
#pragma warning disable CA1031 // A mapping of the application's may throw anything, and the delivery has ended whatever it is.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                if (bus.Stopped.IsCancellationRequested)
                {
                    Skip(delivery, outcome, "the bus has stopped");
                }
                else
                {
                    EventMetadata metadata = delivery.Envelope.Metadata;
                    Log.OutcomeFailed(
                        environment.Telemetry.Logger, exception, outcome, delivery.Deliverer.Name, metadata.TypeName, metadata.EventId);
                }
            }
        }

        attempt.End();
    }

    private void Skip(Delivery delivery, string outcome, string cause)
    {
        EventMetadata metadata = delivery.Envelope.Metadata;
        Log.OutcomeSkipped(
            environment.Telemetry.Logger, outcome, delivery.Deliverer.Name, metadata.TypeName, metadata.EventId, cause);
    }
}
