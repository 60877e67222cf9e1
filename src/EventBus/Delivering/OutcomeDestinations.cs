using EventBus.DeadLettering;

namespace EventBus.Delivering;

/// <summary>The events that tell what became of a subscription's deliveries, each as a publish that is yet to be made.</summary>
/// <remarks>Immutable.</remarks>
internal abstract class OutcomeDestinations
{
    /// <summary>Whether anything is published after a success.</summary>
    public abstract bool TellsSuccess { get; }

    /// <summary>Whether anything is published after a dead letter.</summary>
    public abstract bool TellsFailure { get; }

    /// <summary>The publishes that tell of a success. Each may throw what the application's mapping throws.</summary>
    public abstract IEnumerable<Func<IEventBus, ValueTask>> OfSuccess(Delivery delivery);

    /// <summary>The publishes that tell of a dead letter. Each may throw what the application's mapping throws.</summary>
    public abstract IEnumerable<Func<IEventBus, ValueTask>> OfFailure(DeadLetter letter);
}
