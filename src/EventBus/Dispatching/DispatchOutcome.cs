namespace EventBus.Dispatching;

/// <summary>What came of handing a delivery to its subscription.</summary>
internal enum DispatchOutcome
{
    /// <summary>The subscription has it; an inline one has ended it.</summary>
    Accepted,

    /// <summary>The queue was full and refuses; nothing was accepted.</summary>
    Rejected,

    /// <summary>The queue was full and wants a dead letter; nothing was accepted.</summary>
    Full,

    /// <summary>The token fired during the wait for room; nothing was accepted.</summary>
    Cancelled,

    /// <summary>Earlier events of its key are dead letters and it must be one too; nothing was accepted.</summary>
    Parked,

    /// <summary>The subscription is paused and wants a dead letter; nothing was accepted.</summary>
    Paused,

    /// <summary>The bus has stopped or the subscription has ended; nothing was accepted.</summary>
    Closed,
}
