namespace EventBus.Delivering;

/// <summary>What a queue counts of its subscription's deliveries by the positions of the events in it.</summary>
internal interface IQueuedCount
{
    /// <summary>Reads so that none is found at a later step and not at an earlier one.</summary>
    /// <returns>
    /// Deliveries ever accepted into the queue; ever started; of those, ever succeeded without having been
    /// <see cref="DeliveryCounters.TakenOver"/>.
    /// </returns>
    (long Accepted, long Started, long Succeeded) Read();
}
