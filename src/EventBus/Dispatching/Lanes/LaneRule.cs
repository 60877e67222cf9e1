namespace EventBus.Dispatching.Lanes;

/// <summary>What divides a queue into lanes.</summary>
/// <param name="KeyOf">Finds an event's key: what it has in common with the others of its lane. Null: nothing, with none.</param>
/// <param name="GoesOneByOne">
/// Whether an event waits until the one before it in its lane has ended. Otherwise lanes only take turns.
/// </param>
internal sealed record LaneRule(Func<object, object?> KeyOf, bool GoesOneByOne);
