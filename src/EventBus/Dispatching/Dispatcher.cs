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

    /// <summary>Takes a delivery whose time has come. No bound holds it back: nobody is there to wait for room or to be refused.</summary>
    /// <param name="delivery">A delivery not yet counted.</param>
    /// <returns>False where nothing is taken any more; then the delivery is still not counted.</returns>
    public abstract bool TryDispatchDue(Delivery delivery);

    /// <summary>Takes nothing more.</summary>
    /// <returns>What had not begun: the caller's to give up.</returns>
    public abstract IReadOnlyList<Delivery> Close();

    /// <summary>Fires the tokens of all attempts under way, also of those that have not come to a first wait.</summary>
    public abstract void StopRunning();

    /// <summary>Makes dead letters of deliveries that <see cref="Close"/> returned.</summary>
    public abstract ValueTask GiveUpAsync(IReadOnlyList<Delivery> deliveries);

    /// <summary>Gives up what has begun and cannot be stopped.</summary>
    public abstract ValueTask GiveUpRunningAsync();
}
