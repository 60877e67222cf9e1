using EventBus.Delivering;

namespace EventBus.Dispatching.Lanes;

/// <summary>What follows for a lane when something in it has ended. Decided under the queue's lock.</summary>
internal readonly record struct LaneStep
{
    /// <summary>Whether an event is the next, for a worker to take.</summary>
    public bool HasNext { get; init; }

    /// <summary>That event.</summary>
    public QueuedEvent Next { get; init; }

    /// <summary>The parked letter whose turn it is; null where there is none.</summary>
    public Guid? Released { get; init; }

    /// <summary>What was waiting in the lane, and must wait among the dead letters; null where nothing must.</summary>
    public IReadOnlyList<Delivery>? Parked { get; init; }
}
