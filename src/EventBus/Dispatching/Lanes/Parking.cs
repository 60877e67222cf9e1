using EventBus.DeadLettering;
using EventBus.Delivering;

namespace EventBus.Dispatching.Lanes;

/// <summary>Moves deliveries of a key to the dead letters, and back when their turn has come.</summary>
/// <remarks>Thread-safe. What is on its way counts as work under way, so that nobody takes the bus for idle meanwhile.</remarks>
internal sealed class Parking(DeliveryQueue queue, Deliverer deliverer)
{
    /// <summary>Writes letters one after the other, so that the store has them in the order of their key.</summary>
    public async Task ParkAsync(IReadOnlyList<Delivery> deliveries)
    {
        foreach (Delivery delivery in deliveries)
        {
            await deliverer.GiveUpAsync(delivery, DeadLetterReason.Parked).ConfigureAwait(Continuation.Capture);
        }
    }

    /// <summary>Takes a letter back into its lane.</summary>
    public async Task ReleaseAsync(Lane lane, Guid id)
    {
        deliverer.Counters.QueueFilled();
        try
        {
            DeadLetter? letter = await deliverer.TakeLetterAsync(id).ConfigureAwait(Continuation.Capture);
            Delivery? delivery = letter is null ? null : deliverer.Revive(letter, isInline: false, CancellationToken.None);
            if (!queue.TryReadmit(lane, delivery) && letter is not null)
            {
                await deliverer.PutBackAsync(letter).ConfigureAwait(Continuation.Capture);
            }
        }
        finally
        {
            deliverer.Counters.QueueEmptied();
        }
    }
}
