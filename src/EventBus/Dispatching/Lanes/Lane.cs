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

    private Queue<QueuedEvent>? _waiting;
    private Queue<QueuedEvent>? _returned;
    private Queue<ParkingPlace>? _parked;

    /// <summary>What the events have in common; null while the lane is nobody's.</summary>
    public object? Key { get; private set; }

    /// <summary>
    /// Whether an event of it is for a worker to take or, where they go one by one, on its way from there to its end.
    /// </summary>
    public bool IsUnderWay { get; set; }

    /// <summary>Where they go one by one and in batches: those that one batch has taken. Otherwise it is not kept.</summary>
    public int Held { get; set; }

    /// <summary>Whether the next event is for a worker to take, and has not been taken. Kept for batches alone.</summary>
    public bool IsTold { get; set; }

    /// <summary>How many of those that wait its map counts as there for a batch to take.</summary>
    public int Counted { get; set; }

    /// <summary>How many wait behind the one under way.</summary>
    public int Count => (_waiting?.Count ?? 0) + (_returned?.Count ?? 0);

    /// <summary>The letter behind which the key is parked; null where none is, or it has been redriven and is under way.</summary>
    public Guid? FirstLetter { get; set; }

    /// <summary>Whether the letter that was parked first is on its way back: what comes meanwhile stands behind it.</summary>
    public bool IsReleasing { get; set; }

    /// <summary>Whether a further event must wait among the dead letters, because earlier ones do.</summary>
    public bool Parks => FirstLetter is not null || IsReleasing || _parked is { Count: > 0 };

    public void Begin(object key) => Key = key;

    /// <summary>Lets an event wait behind the one under way.</summary>
    public void Add(in QueuedEvent @event) => (_waiting ??= new Queue<QueuedEvent>()).Enqueue(@event);

    /// <summary>Takes the event that has waited longest.</summary>
    public bool TryTake(out QueuedEvent @event)
    {
        @event = default;
        return _returned?.TryDequeue(out @event) == true || _waiting?.TryDequeue(out @event) == true;
    }

    /// <summary>Puts some back that were taken: before those that were not, and before those that were put back and not taken again.</summary>
    public void Return(IEnumerable<Delivery> deliveries) =>
        _returned = new Queue<QueuedEvent>([.. deliveries.Select(static each => new QueuedEvent(each)), .. _returned ?? []]);

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
        Debug.Assert(Count == 0 && !Parks, "A lane that is let go of would take its events along.");
        Key = null;
        IsUnderWay = false;
        IsTold = false;
        Held = 0;
        _returned = null;
        _parked = null;
        if (_waiting?.EnsureCapacity(0) > KeptLength)
        {
            _waiting = null;
        }
    }

    public bool TryReturn(IReadOnlyList<Delivery> deliveries) => queue.TryReturn(this, deliveries);

    public void Leave(DeadLetter? letter) => queue.Leave(this, letter, byWorker: false);
}
