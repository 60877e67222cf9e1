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
    private Queue<Delivery>? _returned;
    private Queue<Guid>? _parked;

    /// <summary>What the events have in common; null for one that has nothing in common with any other.</summary>
    public object? Key { get; private set; }

    /// <summary>
    /// Whether a worker is on its way to the first event or, where they go one by one, one is on its way from there to its end.
    /// </summary>
    public bool IsUnderWay { get; set; }

    /// <summary>Whether a worker was told of the first event, and none has come to take it.</summary>
    public bool IsTold { get; set; }

    /// <summary>Where they go one by one: those that were taken and have not ended. More than one only in one batch.</summary>
    public int Held { get; set; }

    /// <summary>How many of the lane's events its map counts as there to be taken.</summary>
    public int Counted { get; set; }

    /// <summary>The letter behind which the key is parked; null where none is, or it has been redriven and is under way.</summary>
    public Guid? FirstLetter { get; set; }

    /// <summary>Deliveries that are to be parked, and whose letters are not safe yet.</summary>
    public int LettersUnderWay { get; set; }

    /// <summary>Whether nothing waits in the queue.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>How many wait in the queue.</summary>
    public int Count => _waiting.Count + (_returned?.Count ?? 0);

    /// <summary>Whether a further event must wait among the dead letters, because earlier ones do.</summary>
    public bool Parks => FirstLetter is not null || LettersUnderWay > 0 || _parked is { Count: > 0 };

    public void Begin(object? key) => Key = key;

    public void Add(in QueuedEvent @event) => _waiting.Enqueue(@event);

    public QueuedEvent Take() => _waiting.Dequeue();

    /// <summary>Puts some back that were taken: before those that were not, and before those that were put back and not taken again.</summary>
    public void Return(IReadOnlyList<Delivery> deliveries) => _returned = new Queue<Delivery>([.. deliveries, .. _returned ?? []]);

    /// <summary>Takes the first of those that were put back.</summary>
    public Delivery? TakeReturned() => _returned?.TryDequeue(out Delivery? first) == true ? first : null;

    /// <summary>Adds a letter behind those that are parked.</summary>
    public void Park(Guid letter) => (_parked ??= new Queue<Guid>()).Enqueue(letter);

    /// <summary>Takes the letter that is parked first.</summary>
    public bool TryUnpark(out Guid letter)
    {
        letter = default;
        return _parked?.TryDequeue(out letter) == true;
    }

    /// <summary>Makes the lane as good as new.</summary>
    public void End()
    {
        Debug.Assert(IsEmpty && !Parks, "A lane that is let go of would take its events along.");
        Key = null;
        IsUnderWay = false;
        IsTold = false;
        _returned = null;
        _parked = null;
        if (_waiting.EnsureCapacity(0) > KeptLength)
        {
            _waiting = new Queue<QueuedEvent>();
        }
    }

    public void Leave(DeadLetter? letter) => queue.Leave(this, letter, byWorker: false);

    public bool TryReturn(IReadOnlyList<Delivery> deliveries) => queue.TryReturn(this, deliveries);
}
