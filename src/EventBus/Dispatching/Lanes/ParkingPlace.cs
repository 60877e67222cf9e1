using EventBus.DeadLettering;
using EventBus.Delivering;

namespace EventBus.Dispatching.Lanes;

/// <summary>The place of a delivery among those that are parked in a lane, from the moment at which it is sent there.</summary>
/// <remarks>
/// Guarded by the lock of its queue. Letters are written without that lock, and a store may end them in any order: their order is that of the
/// places.
/// </remarks>
internal sealed class ParkingPlace(DeliveryQueue queue, Lane lane) : IDeliveryLane
{
    public Lane Lane => lane;

    public object? Key => lane.Key;

    /// <summary>The letter that stands here; null until it is safe.</summary>
    public Guid? Letter { get; set; }

    // What is parked is in no batch.
    public bool TryReturn(IReadOnlyList<Delivery> deliveries) => false;

    public void Leave(DeadLetter? letter) => queue.Leave(this, letter);
}
