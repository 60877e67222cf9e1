using EventBus.Delivering;

namespace EventBus.Dispatching.Lanes;

/// <summary>The waiting events of one key, in their order.</summary>
/// <remarks>Guarded by the lock of its queue, and used again for another key when it is empty.</remarks>
internal sealed class Lane(DeliveryQueue queue) : IDeliveryLane
{
    // What a busy key has left behind is not kept for the next one.
    private const int KeptLength = 16;

    private Queue<QueuedEvent> _waiting = new();

    /// <summary>What the events have in common; null for one that has nothing in common with any other.</summary>
    public object? Key { get; private set; }

    /// <summary>Whether a worker is on its way to the first event or, where they go one by one, handles the one before it.</summary>
    public bool IsUnderWay { get; set; }

    public bool IsEmpty => _waiting.Count == 0;

    public void Add(in QueuedEvent @event) => _waiting.Enqueue(@event);

    public QueuedEvent Take() => _waiting.Dequeue();

    public void Begin(object? key) => Key = key;

    /// <summary>Makes the lane as good as new.</summary>
    public void End()
    {
        Key = null;
        IsUnderWay = false;
        if (_waiting.EnsureCapacity(0) > KeptLength)
        {
            _waiting = new Queue<QueuedEvent>();
        }
    }

    public void Leave() => queue.Leave(this, byWorker: false);
}
