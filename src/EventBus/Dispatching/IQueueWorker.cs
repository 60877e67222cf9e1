using EventBus.Delivering;

namespace EventBus.Dispatching;

/// <summary>What a queue starts while there is work: it takes from the queue until nothing is left.</summary>
internal interface IQueueWorker : IThreadPoolWorkItem
{
    /// <summary>Deliveries that succeeded without ever becoming a <see cref="Delivery"/>.</summary>
    long Succeeded { get; }

    /// <summary>The deliveries that it brings along the general way.</summary>
    IReadOnlyList<Delivery> CurrentDeliveries { get; }

    /// <summary>The attempt whose handler runs; null where none does.</summary>
    Attempt? CurrentAttempt { get; }

    /// <summary>Waits until others can see what the worker is at.</summary>
    void WaitUntilVisible();

    /// <summary>Takes from the worker an event that is no <see cref="Delivery"/> yet.</summary>
    /// <returns>Null where it is at none.</returns>
    Delivery? GiveUpUnderLock();
}
