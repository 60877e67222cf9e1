using EventBus.Delivering;

namespace EventBus.Dispatching;

/// <summary>Brings a delivery to its subscription's handler: at once, or by way of a queue.</summary>
internal abstract class Dispatcher
{
    /// <summary>The bound of the queue; null without one.</summary>
    public abstract int? Capacity { get; }

    /// <summary>What becomes of deliveries that come while no attempt is begun; null where it is not paused.</summary>
    public virtual PauseMode? Paused => null;

    /// <summary>Asks the application for the delivery's key, where deliveries of one key have to do with each other.</summary>
    /// <remarks>Throws what the application throws.</remarks>
    public virtual void FindKey(Delivery delivery)
    {
    }

    /// <summary>Hands a delivery over, whose key was found.</summary>
    /// <param name="delivery">A delivery not yet counted.</param>
    /// <param name="mayOverflow">Whether a full queue takes it all the same, because waiting inside a handler could wait for ever.</param>
    /// <param name="cancellationToken">Ends a wait for room.</param>
    public abstract ValueTask<DispatchOutcome> DispatchAsync(
        Delivery delivery, bool mayOverflow, CancellationToken cancellationToken);

    /// <summary>Whether further deliveries of a key must wait among the dead letters.</summary>
    public virtual bool IsParked(object? key) => false;

    /// <summary>The letter behind which deliveries of a key are parked; null where they are not.</summary>
    public virtual Guid? FirstLetterOf(object? key) => null;

    /// <summary>Lets go what is parked behind a letter that is no more.</summary>
    public virtual void Forget(Guid letter)
    {
    }

    /// <summary>Takes a delivery whose time has come. No bound holds it back: nobody is there to wait for room or to be refused.</summary>
    /// <param name="delivery">A delivery not yet counted.</param>
    /// <returns>False where nothing is taken any more; then the delivery is still not counted.</returns>
    public abstract bool TryDispatchDue(Delivery delivery);

    /// <summary>Lets nothing wait that could be handled at once: no more is to come.</summary>
    public virtual void Hurry()
    {
    }

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
