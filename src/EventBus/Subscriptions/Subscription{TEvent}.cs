using EventBus.Delivering;
using EventBus.Dispatching;

namespace EventBus.Subscriptions;

/// <summary>A running subscription to <typeparamref name="TEvent"/>.</summary>
internal sealed class Subscription<TEvent>(
    Deliverer<TEvent> deliverer, Dispatcher dispatcher, InlineFailure inlineFailure, IReadOnlyList<Func<TEvent, bool>> predicates)
    : Subscription(typeof(TEvent), deliverer, dispatcher, inlineFailure)
    where TEvent : notnull
{
    public override Func<TPublished, EventContext, CancellationToken, ValueTask> HandlerFor<TPublished>()
    {
        Func<TEvent, EventContext, CancellationToken, ValueTask> handler = deliverer.Handler;

        // The same delegate where the types are the same, or the published one is a class that the handler's type is a base
        // of; else through object: a struct published to a handler of its interface, or a derived event held as its base.
        return handler as Func<TPublished, EventContext, CancellationToken, ValueTask>
            ?? ((@event, context, cancellationToken) => handler((TEvent)(object)@event!, context, cancellationToken));
    }

    public override IEnumerable<Func<TPublished, bool>> PredicatesFor<TPublished>() => predicates.Select(
        predicate => predicate as Func<TPublished, bool> ?? (@event => predicate((TEvent)(object)@event!)));
}
