using EventBus.Delivering;

namespace EventBus.Subscriptions;

/// <summary>The definition of a subscription to <typeparamref name="TEvent"/>.</summary>
/// <param name="name">The subscription's name.</param>
/// <param name="makeHandler">Makes what calls the handler, once the services are known.</param>
internal sealed class SubscriptionDefinition<TEvent>(
    string name, Func<IServiceProvider, Func<TEvent, EventContext, CancellationToken, ValueTask>> makeHandler)
    : SubscriptionDefinition(name, typeof(TEvent))
    where TEvent : notnull
{
    public List<Func<TEvent, bool>> Predicates { get; } = [];

    public override Subscription Build(IServiceProvider services, DeliveryEnvironment environment)
    {
        Deliverer<TEvent> deliverer = new(Name, makeHandler(services), Freeze(), environment);
        return new Subscription<TEvent>(deliverer, BuildDispatcher(deliverer), InlineFailure, [.. Predicates]);
    }
}
