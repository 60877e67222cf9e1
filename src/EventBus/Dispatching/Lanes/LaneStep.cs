using EventBus.Delivering;

namespace EventBus.Dispatching.Lanes;

/// <summary>What follows for a lane when something in it has ended. Decided under the queue's lock, and done outside of it.</summary>
/// <param name="TellsWorker">Whether a worker must be told of the lane.</param>
/// <param name="Released">The parked letter whose turn it is; null where there is none.</param>
/// <param name="Parked">What was waiting in the lane, and must wait among the dead letters; null where nothing must.</param>
internal readonly record struct LaneStep(bool TellsWorker, Guid? Released, IReadOnlyList<Delivery>? Parked);
