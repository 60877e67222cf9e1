using System.Diagnostics;
using EventBus.DeadLettering;
using EventBus.Delivering;

namespace EventBus.Dispatching.Lanes;

/// <summary>The events of one key, in their order: those that wait in the queue, and behind which dead letter they wait if they do.</summary>
/// <remarks>Guarded by the lock of its queue, and used again for another key when there is nothing in it.</remarks>
internal sealed class Lane(DeliveryQueue queue) : IDeliveryLane
{
    // What a busy key has left behind is not kept for the next one.
    private const int KeptLength = 16;

    private Queue<QueuedEvent> _waiting = new();
    private Queue<ParkingPlace>? _parked;

    /// <summary>What the events have in common; null for one that has nothing in common with any other.</summary>
    public object? Key { get; private set; }

    /// <summary>
    /// Whether a worker is on its way to the first event or, where they go one by one, one is on its way from there to its end.
    /// </summary>
    public bool IsUnderWay { get; set; }

    /// <summary>The letter behind which the key is parked; null where none is, or it has been redriven and is under way.</summary>
    public Guid? FirstLetter { get; set; }

    /// <summary>Whether the letter that was parked first is on its way back: what comes meanwhile stands behind it.</summary>
    public bool IsReleasing { get; set; }

    /// <summary>Whether nothing waits in the queue.</summary>
    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>Whether a further event must wait among the dead letters, because earlier ones do.</summary>
    public bool Parks => FirstLetter is not null || IsReleasing || _parked is { Count: > 0 };

    public void Begin(object? key) => Key = key;

    public void Add(in QueuedEvent @event) => _waiting.Enqueue(@event);

    public QueuedEvent Take() => _waiting.Dequeue();

    /// <summary>Makes a place behind those that are parked.</summary>
    public ParkingPlace Park()
    {
        ParkingPlace place = new(queue, this);
        (_parked ??= new Queue<ParkingPlace>()).Enqueue(place);
        return place;
    }

    /// <summary>Takes the letter that is parked first.</summary>
    /// <returns>False where there is none, or it is not safe yet: those behind it wait for it.</returns>
    public bool TryUnpark(out Guid letter)
    {
        letter = default;
        if (_parked?.TryPeek(out ParkingPlace? place) != true || place!.Letter is not { } safe)
        {
            return false;
        }

        _parked.Dequeue();
        letter = safe;
        return true;
    }

    /// <summary>Makes the lane as good as new.</summary>
    public void End()
    {
        Debug.Assert(IsEmpty && !Parks, "A lane that is let go of would take its events along.");
        Key = null;
        IsUnderWay = false;
        _parked = null;
        if (_waiting.EnsureCapacity(0) > KeptLength)
        {
            _waiting = new Queue<QueuedEvent>();
        }
    }

    public void Leave(DeadLetter? letter) => queue.Leave(this, letter, byWorker: false);
}
