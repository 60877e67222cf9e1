using EventBus.DeadLettering;

namespace EventBus.Delivering;

/// <summary>What a delivery holds back until it has ended: the later events of its key.</summary>
internal interface IDeliveryLane
{
    /// <summary>What they have in common; null for a delivery that holds back nothing.</summary>
    object? Key { get; }

    /// <summary>Lets the next one go, or parks it. Called once, when the delivery has ended and before it counts as ended.</summary>
    /// <param name="letter">The letter that it became, which is safe; null after a success.</param>
    void Leave(DeadLetter? letter);

    /// <summary>Takes back deliveries that were taken together with an earlier one, which has failed and not ended yet.</summary>
    /// <returns>False where nothing is delivered any more: then they stay the caller's.</returns>
    bool TryReturn(IReadOnlyList<Delivery> deliveries);
}
