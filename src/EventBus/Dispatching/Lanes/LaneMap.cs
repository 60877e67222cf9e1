using System.Diagnostics;
using EventBus.DeadLettering;
using EventBus.Delivering;

namespace EventBus.Dispatching.Lanes;

/// <summary>The lanes of a queue: one for each key of which an event waits, is parked or, where they go one by one, is under way.</summary>
/// <remarks>
/// Guarded by the queue's lock, but for <see cref="KeyOf"/> and the two counts. A key without events leaves nothing behind, however many
/// there were.
/// </remarks>
internal sealed class LaneMap(DeliveryQueue queue, Deliverer deliverer, LaneRule rule)
{
    private const int KeptLanes = 256;

    private readonly Dictionary<object, Lane> _byKey = [];
    private readonly Dictionary<Guid, Lane> _byFirstLetter = [];
    private readonly Stack<Lane> _free = new();
    private long _added;
    private long _taken;

    /// <summary>How many events were ever added.</summary>
    public long Added => Volatile.Read(ref _added);

    /// <summary>How many events were ever taken.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>How many wait.</summary>
    public long Count => _added - _taken;

    /// <summary>Whether an event that was taken holds back those behind it.</summary>
    public bool GoesOneByOne => rule.GoesOneByOne;

    /// <summary>Asks the application for an event's key.</summary>
    public object? KeyOf(object @event) => rule.KeyOf(@event);

    /// <summary>Whether further events of a key must wait among the dead letters, because earlier ones do.</summary>
    public bool IsParked(object? key) => rule.Parks && Find(key) is { Parks: true };

    /// <summary>The letter behind which a key is parked; null where it is not.</summary>
    public Guid? FirstLetterOf(object? key) => Find(key)?.FirstLetter;

    /// <summary>Finds out whether an event has to wait among the dead letters, behind others of its key.</summary>
    /// <param name="event">The event.</param>
    /// <param name="key">Its key.</param>
    /// <returns>True where it has to. A delivery is then counted as on its way there, unless it comes from there.</returns>
    public bool MustPark(in QueuedEvent @event, object? key)
    {
        if (!rule.Parks || Find(key) is not { Parks: true } lane)
        {
            return false;
        }

        if (@event.Carrier is not Delivery delivery)
        {
            return true;
        }

        if (delivery.RedrivenLetter is null)
        {
            SendToPark(lane, delivery);
        }

        return delivery.RedrivenLetter is null || delivery.RedrivenLetter != lane.FirstLetter;
    }

    /// <summary>Adds an event at the end of its lane.</summary>
    /// <returns>The lane, where a worker must be told of it; null where one is under way.</returns>
    public Lane? Add(in QueuedEvent @event, object? key)
    {
        Lane lane = Find(key) ?? Make(key);
        if (lane.FirstLetter is { } first)
        {
            lane.FirstLetter = null;
            _byFirstLetter.Remove(first);
        }

        return Add(@event, lane);
    }

    /// <summary>Takes the first event of a lane that a worker was told of.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="event">The event.</param>
    /// <returns>Whether a worker must be told of the lane again, at the end of the queue: keys take turns.</returns>
    public bool Take(Lane lane, out QueuedEvent @event)
    {
        @event = lane.Take();
        Volatile.Write(ref _taken, _taken + 1);
        if (rule.GoesOneByOne)
        {
            return false;
        }

        lane.IsUnderWay = false;
        return GoOn(lane).TellsWorker;
    }

    /// <summary>Notes that a parked letter is safe.</summary>
    public LaneStep Leave(ParkingPlace place, DeadLetter? letter)
    {
        // A parked delivery has no handler to succeed in: it becomes a letter, or the bus has a defect.
        Debug.Assert(letter is not null, "A parked delivery has ended without a letter.");
        place.Letter = letter?.Id ?? Guid.Empty;
        return GoOn(place.Lane);
    }

    /// <summary>Ends what was under way in a lane whose events go one by one.</summary>
    public LaneStep Leave(Lane lane, DeadLetter? letter)
    {
        lane.IsUnderWay = false;
        if (letter is null or { Reason: DeadLetterReason.Shutdown } || !rule.Parks || lane.Key is null)
        {
            return GoOn(lane);
        }

        lane.FirstLetter = letter.Id;
        _byFirstLetter.Add(letter.Id, lane);
        return new LaneStep(false, null, Park(lane));
    }

    /// <summary>Ends the wait behind a letter that is no more.</summary>
    public LaneStep Forget(Guid letter, out Lane? lane)
    {
        if (!_byFirstLetter.Remove(letter, out lane))
        {
            return default;
        }

        lane.FirstLetter = null;
        return GoOn(lane);
    }

    /// <summary>Goes on after a parked letter that was released: with its delivery, or with the next one where it was gone.</summary>
    public LaneStep Readmit(Lane lane, Delivery? delivery)
    {
        lane.IsUnderWay = false;
        lane.IsReleasing = false;
        if (delivery is null)
        {
            return GoOn(lane);
        }

        delivery.Key = lane.Key;
        return new LaneStep(Add(new QueuedEvent(delivery), lane) is not null, null, null);
    }

    /// <summary>Takes all that wait in a lane, in their order.</summary>
    public IEnumerable<QueuedEvent> TakeAll(Lane lane)
    {
        while (!lane.IsEmpty)
        {
            Volatile.Write(ref _taken, _taken + 1);
            yield return lane.Take();
        }
    }

    /// <summary>Takes all that wait in lanes of a key, of each in its order.</summary>
    public IEnumerable<QueuedEvent> TakeAll() => _byKey.Values.SelectMany(TakeAll);

    private Lane? Add(in QueuedEvent @event, Lane lane)
    {
        lane.Add(@event);
        Volatile.Write(ref _added, _added + 1);
        if (lane.IsUnderWay)
        {
            return null;
        }

        lane.IsUnderWay = true;
        return lane;
    }

    private LaneStep GoOn(Lane lane)
    {
        if (lane.IsUnderWay || lane.FirstLetter is not null)
        {
            return default;
        }

        if (lane.TryUnpark(out Guid letter))
        {
            lane.IsUnderWay = true;
            lane.IsReleasing = true;
            return new LaneStep(false, letter, null);
        }

        if (!lane.IsEmpty)
        {
            lane.IsUnderWay = true;
            return new LaneStep(true, null, null);
        }

        if (!lane.Parks)
        {
            Drop(lane);
        }

        return default;
    }

    private List<Delivery> Park(Lane lane)
    {
        List<Delivery> parked = [];
        foreach (QueuedEvent @event in TakeAll(lane))
        {
            deliverer.Counters.TakenOver();
            var delivery = @event.ToDelivery(deliverer);
            SendToPark(lane, delivery);
            parked.Add(delivery);
        }

        return parked;
    }

    private static void SendToPark(Lane lane, Delivery delivery) => delivery.Lane = lane.Park();

    private Lane? Find(object? key) => key is null ? null : _byKey.GetValueOrDefault(key);

    private Lane Make(object? key)
    {
        Lane lane = _free.TryPop(out Lane? free) ? free : new Lane(queue);
        lane.Begin(key);
        if (key is not null)
        {
            _byKey.Add(key, lane);
        }

        return lane;
    }

    private void Drop(Lane lane)
    {
        if (lane.Key is not null)
        {
            _byKey.Remove(lane.Key);
            if (_byKey.Count == 0 && _byKey.EnsureCapacity(0) > KeptLanes)
            {
                _byKey.TrimExcess();
            }
        }

        lane.End();
        if (_free.Count < KeptLanes)
        {
            _free.Push(lane);
        }
    }
}
