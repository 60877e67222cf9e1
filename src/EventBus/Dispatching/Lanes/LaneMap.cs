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
    private const int KeptLanes = 1_024;

    private readonly Dictionary<object, Lane> _byKey = [];
    private readonly Dictionary<Guid, Lane> _byFirstLetter = [];
    private readonly Stack<Lane> _free = new();
    private long _added;
    private long _takenOut;

    /// <summary>How many events were ever added.</summary>
    public long Added => Volatile.Read(ref _added);

    /// <summary>How many were taken out of their lanes, without having been the next for a worker to take.</summary>
    public long TakenOut => Volatile.Read(ref _takenOut);

    /// <summary>How many a batch could take now besides the next of each lane: those behind them. Kept for batches alone.</summary>
    public long Takeable { get; private set; }

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
    /// <param name="event">The event. It learns which lane it holds back.</param>
    /// <param name="key">Its key.</param>
    /// <returns>Whether it is the next of its lane, for a worker to take; otherwise it waits here.</returns>
    public bool Add(ref QueuedEvent @event, object? key)
    {
        if (key is null)
        {
            Volatile.Write(ref _added, _added + 1);
            return true;
        }

        Lane lane = Find(key) ?? Make(key);
        if (lane.FirstLetter is { } first)
        {
            lane.FirstLetter = null;
            _byFirstLetter.Remove(first);
        }

        return Add(ref @event, lane);
    }

    /// <summary>Notes that a batch has taken the next event of a lane.</summary>
    public void NoteTaken(Lane lane)
    {
        lane.IsTold = false;
        lane.Held++;
        Recount(lane);
    }

    /// <summary>Takes one more event of a lane into the batch that has the one before it.</summary>
    public bool TryTakeMore(Lane lane, out QueuedEvent @event)
    {
        if (!lane.TryTake(out @event))
        {
            return false;
        }

        Volatile.Write(ref _takenOut, _takenOut + 1);
        lane.Held++;
        return true;
    }

    /// <summary>Puts deliveries back that were taken together with an earlier one: they wait behind it, as if they had not been taken.</summary>
    public void Return(Lane lane, IReadOnlyList<Delivery> deliveries)
    {
        foreach (Delivery delivery in deliveries)
        {
            delivery.Lane = null;
            Volatile.Write(ref _takenOut, _takenOut - 1);
            deliverer.Counters.GivenBack();
        }

        lane.Return(deliveries);
        lane.Held -= deliveries.Count;
        Debug.Assert(lane.Held > 0, "The one that they wait for holds the lane.");
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
        if (lane.Held > 1)
        {
            // Those taken with it are still under way.
            lane.Held--;
            return default;
        }

        lane.Held = 0;
        lane.IsUnderWay = false;
        if (letter is null or { Reason: DeadLetterReason.Shutdown } || !rule.Parks)
        {
            return GoOn(lane);
        }

        lane.FirstLetter = letter.Id;
        _byFirstLetter.Add(letter.Id, lane);
        return new LaneStep { Parked = Park(lane) };
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
        QueuedEvent @event = new(delivery);
        return Add(ref @event, lane) ? new LaneStep { HasNext = true, Next = @event } : default;
    }

    /// <summary>Takes out all that wait, of each key in its order.</summary>
    public IEnumerable<QueuedEvent> TakeAll() => _byKey.Values.SelectMany(TakeAll);

    private bool Add(ref QueuedEvent @event, Lane lane)
    {
        Volatile.Write(ref _added, _added + 1);
        if (lane.IsUnderWay)
        {
            lane.Add(@event);
            Recount(lane);
            return false;
        }

        @event = Tell(lane, @event);
        return true;
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
            return new LaneStep { Released = letter };
        }

        if (lane.TryTake(out QueuedEvent next))
        {
            return new LaneStep { HasNext = true, Next = Tell(lane, next) };
        }

        if (!lane.Parks)
        {
            Drop(lane);
        }

        return default;
    }

    private IEnumerable<QueuedEvent> TakeAll(Lane lane)
    {
        while (lane.TryTake(out QueuedEvent @event))
        {
            Volatile.Write(ref _takenOut, _takenOut + 1);
            yield return @event;
        }

        Recount(lane);
    }

    private QueuedEvent Tell(Lane lane, in QueuedEvent next)
    {
        lane.IsUnderWay = true;
        lane.IsTold = true;
        Recount(lane);
        return next with { Lane = lane };
    }

    private void Recount(Lane lane)
    {
        int there = lane.IsTold ? lane.Count : 0;
        Takeable += there - lane.Counted;
        lane.Counted = there;
    }

    private List<Delivery> Park(Lane lane)
    {
        List<Delivery> parked = [];
        foreach (QueuedEvent @event in TakeAll(lane))
        {
            Delivery delivery = @event.TakeOver(deliverer);
            SendToPark(lane, delivery);
            parked.Add(delivery);
        }

        return parked;
    }

    private static void SendToPark(Lane lane, Delivery delivery) => delivery.Lane = lane.Park();

    private Lane? Find(object? key) => key is null ? null : _byKey.GetValueOrDefault(key);

    private Lane Make(object key)
    {
        Lane lane = _free.TryPop(out Lane? free) ? free : new Lane(queue);
        lane.Begin(key);
        _byKey.Add(key, lane);
        return lane;
    }

    private void Drop(Lane lane)
    {
        _byKey.Remove(lane.Key!);
        if (_byKey.Count == 0 && _byKey.EnsureCapacity(0) > KeptLanes)
        {
            _byKey.TrimExcess();
        }

        lane.End();
        if (_free.Count < KeptLanes)
        {
            _free.Push(lane);
        }
    }
}
