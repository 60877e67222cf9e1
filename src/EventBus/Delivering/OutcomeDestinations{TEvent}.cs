using EventBus.DeadLettering;

namespace EventBus.Delivering;

/// <inheritdoc/>
internal sealed class OutcomeDestinations<TEvent> : OutcomeDestinations
    where TEvent : notnull
{
    private readonly Func<IEventBus, DeliverySucceeded<TEvent>, ValueTask>[] _successes;
    private readonly Func<IEventBus, DeliveryFailed<TEvent>, ValueTask>[] _failures;

    public OutcomeDestinations()
        : this([], [])
    {
    }

    private OutcomeDestinations(
        Func<IEventBus, DeliverySucceeded<TEvent>, ValueTask>[] successes, Func<IEventBus, DeliveryFailed<TEvent>, ValueTask>[] failures)
    {
        _successes = successes;
        _failures = failures;
    }

    public override bool TellsSuccess => _successes.Length > 0;

    public override bool TellsFailure => _failures.Length > 0;

    /// <summary>The same, and one event more after a success.</summary>
    public OutcomeDestinations<TEvent> WithSuccess<TOutcome>(Func<DeliverySucceeded<TEvent>, TOutcome> map)
        where TOutcome : notnull =>
        new([.. _successes, (bus, outcome) => bus.PublishAsync(map(outcome))], _failures);

    /// <summary>The same, and one event more after a dead letter.</summary>
    public OutcomeDestinations<TEvent> WithFailure<TOutcome>(Func<DeliveryFailed<TEvent>, TOutcome> map)
        where TOutcome : notnull =>
        new(_successes, [.. _failures, (bus, outcome) => bus.PublishAsync(map(outcome))]);

    public override IEnumerable<Func<IEventBus, ValueTask>> OfSuccess(Delivery delivery)
    {
        DeliverySucceeded<TEvent> outcome = new(
            (TEvent)delivery.Envelope.Event!, delivery.Envelope.Metadata, delivery.Deliverer.Name, delivery.Attempts);
        return _successes.Select<Func<IEventBus, DeliverySucceeded<TEvent>, ValueTask>, Func<IEventBus, ValueTask>>(
            publish => bus => publish(bus, outcome));
    }

    public override IEnumerable<Func<IEventBus, ValueTask>> OfFailure(DeadLetter letter)
    {
        DeliveryFailed<TEvent> outcome = new(
            (TEvent)letter.Event, letter.Metadata, letter.Subscription, letter.Reason, letter.Attempts, letter.Failures, letter.Id);
        return _failures.Select<Func<IEventBus, DeliveryFailed<TEvent>, ValueTask>, Func<IEventBus, ValueTask>>(
            publish => bus => publish(bus, outcome));
    }
}
