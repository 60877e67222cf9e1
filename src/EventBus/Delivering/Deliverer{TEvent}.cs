using System.Runtime.CompilerServices;

namespace EventBus.Delivering;

/// <summary>The deliverer of a subscription to <typeparamref name="TEvent"/>.</summary>
internal sealed class Deliverer<TEvent>(
    string name,
    Func<TEvent, EventContext, CancellationToken, ValueTask> handler,
    DeliverySettings settings,
    DeliveryEnvironment environment)
    : Deliverer(name, settings, environment)
    where TEvent : notnull
{
    public Func<TEvent, EventContext, CancellationToken, ValueTask> Handler { get; } = handler;

    // Looked up when a worker asks, which is seldom: at start it would be looked up for handlers that no event ever comes to.
    public override bool HandlerMayWait =>
        Handler.Target is IScopedHandler || Handler.Method.IsDefined(typeof(AsyncStateMachineAttribute), inherit: false);

    public override ValueTask CallHandler(object @event, EventContext context, CancellationToken cancellationToken) =>
        Handler((TEvent)@event, context, cancellationToken);
}
