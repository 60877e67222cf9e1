using EventBus.Delivering;

namespace EventBus.Dispatching;

/// <summary>Brings a delivery to its subscription's handler: at once, or by way of a queue.</summary>
internal abstract class Dispatcher
{
    /// <summary>The bound of the queue; null without one.</summary>
    public abstract int? Capacity { get; }

    /// <summary>Hands a delivery over.</summary>
    /// <param name="delivery">A delivery not yet counted.</param>
    /// <param name="mayOverflow">Whether a full queue takes it all the same, because waiting inside a handler could wait for ever.</param>
    /// <param name="cancellationToken">Ends a wait for room.</param>
    public abstract ValueTask<DispatchOutcome> DispatchAsync(
        Delivery delivery, bool mayOverflow, CancellationToken cancellationToken);

    /// <summary>Takes nothing more, and gives up what has not begun.</summary>
    public abstract ValueTask CloseAsync();

    /// <summary>Gives up what has begun and cannot be stopped.</summary>
    public abstract ValueTask GiveUpRunningAsync();
}
