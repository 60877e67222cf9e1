namespace EventBus.Dispatching.Lanes;

/// <summary>The lanes of a queue: one for each key that has an event waiting or, where a key's events go one by one, under way.</summary>
/// <remarks>
/// Guarded by the queue's lock, but for <see cref="KeyOf"/> and the two counts. A key without events leaves nothing behind, however many
/// there were.
/// </remarks>
internal sealed class LaneMap(DeliveryQueue queue, LaneRule rule)
{
    private const int KeptLanes = 256;

    private readonly Dictionary<object, Lane> _byKey = [];
    private readonly Stack<Lane> _free = new();
    private long _added;
    private long _taken;

    /// <summary>How many events were ever added.</summary>
    public long Added => Volatile.Read(ref _added);

    /// <summary>How many events were ever taken.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>How many wait.</summary>
    public long Count => _added - _taken;

    /// <summary>Asks the application for an event's key.</summary>
    public object? KeyOf(object @event) => rule.KeyOf(@event);

    /// <summary>Adds an event at the end of its lane.</summary>
    /// <returns>The lane, where a worker must be told of it; null where one is under way.</returns>
    public Lane? Add(in QueuedEvent @event, object? key)
    {
        Lane lane = LaneOf(key);
        lane.Add(@event);
        Volatile.Write(ref _added, _added + 1);
        if (lane.IsUnderWay)
        {
            return null;
        }

        lane.IsUnderWay = true;
        return lane;
    }

    /// <summary>Takes the first event of a lane that a worker was told of.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="event">The event.</param>
    /// <returns>Whether a worker must be told of the lane again, at the end of the queue: keys take turns.</returns>
    public bool Take(Lane lane, out QueuedEvent @event)
    {
        @event = lane.Take();
        Volatile.Write(ref _taken, _taken + 1);
        return !rule.GoesOneByOne && GoesOn(lane);
    }

    /// <summary>Ends the event under way of a lane whose events go one by one.</summary>
    /// <returns>Whether a worker must be told of the lane.</returns>
    public bool Leave(Lane lane) => GoesOn(lane);

    /// <summary>Whether an event that was taken holds back those behind it.</summary>
    public bool GoesOneByOne => rule.GoesOneByOne;

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

    private bool GoesOn(Lane lane)
    {
        if (!lane.IsEmpty)
        {
            return true;
        }

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

        return false;
    }

    private Lane LaneOf(object? key)
    {
        if (key is not null && _byKey.TryGetValue(key, out Lane? found))
        {
            return found;
        }

        Lane lane = _free.TryPop(out Lane? free) ? free : new Lane(queue);
        lane.Begin(key);
        if (key is not null)
        {
            _byKey.Add(key, lane);
        }

        return lane;
    }
}
