namespace EventBus.Publishing.StraightLines;

/// <summary>How far a publish has come along its routes.</summary>
internal struct Walk
{
    /// <summary>The place of the route to be taken next, or being taken.</summary>
    public int Next;

    /// <summary>Whether the handler of that route has been called.</summary>
    public bool IsInHandler;

    /// <summary>Whether any route's filter let the event pass.</summary>
    public bool IsMatched;

    /// <summary>Whether each delivery is counted at its subscription, for want of a table that all events take.</summary>
    public bool CountsEach;
}
