namespace EventBus.Delivering;

/// <summary>What a delivery holds back until it has ended: the later events of its key.</summary>
internal interface IDeliveryLane
{
    /// <summary>Lets the next one go. Called once, when the delivery has succeeded or its letter is safe, before it counts as ended.</summary>
    void Leave();
}
