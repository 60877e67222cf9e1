namespace EventBus.Dispatching.Lanes;

/// <summary>What divides a queue into lanes.</summary>
/// <param name="KeyOf">Finds an event's key: what it has in common with the others of its lane. Null: nothing, with none.</param>
/// <param name="GoesOneByOne">
/// Whether an event waits until the one before it in its lane has ended. Otherwise lanes only take turns.
/// </param>
/// <param name="Parks">Whether the events behind a dead letter wait for it.</param>
internal sealed record LaneRule(Func<object, object?> KeyOf, bool GoesOneByOne, bool Parks = false);
