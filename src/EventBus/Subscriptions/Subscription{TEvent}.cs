using System.Text.Json;
using EventBus.Delivering;
using EventBus.Dispatching;
using EventBus.Patterns;

namespace EventBus.Subscriptions;

/// <summary>A running subscription to <typeparamref name="TEvent"/>.</summary>
internal sealed class Subscription<TEvent>(
    Deliverer deliverer,
    Func<TEvent, EventContext, CancellationToken, ValueTask> handler,
    Dispatcher dispatcher,
    InlineFailure inlineFailure,
    Func<TEvent, bool>[]? predicates,
    BoundPatterns patternsOfCode,
    JsonSerializerOptions? patternJson)
    : Subscription(typeof(TEvent), deliverer, dispatcher, inlineFailure)
    where TEvent : notnull
{
    private readonly BoundPatterns _patternsOfCode = patternsOfCode;
    private volatile BoundPatterns _patterns = patternsOfCode;

    public override BoundPatterns Patterns
    {
        get => _patterns;
        set => _patterns = value;
    }

    public override BoundPatterns Bind(string? configuredPattern) => configuredPattern is null
        ? _patternsOfCode
        : new BoundPatterns<TEvent>([EventPattern.Parse(configuredPattern)], patternJson);

    public override TResult UseEventType<TResult>(IEventTypeUse<TResult> use) => use.Use<TEvent>();

    public override Func<TPublished, EventContext, CancellationToken, ValueTask> HandlerFor<TPublished>()
    {
        // The same delegate where the types are the same, or the published one is a class that the handler's type is a base
        // of; else through object: a struct published to a handler of its interface, or a derived event held as its base.
        return handler as Func<TPublished, EventContext, CancellationToken, ValueTask>
            ?? ((@event, context, cancellationToken) => handler((TEvent)(object)@event!, context, cancellationToken));
    }

    public override IEnumerable<Func<TPublished, bool>> PredicatesFor<TPublished>() => predicates is null ? [] : predicates.Select(
        predicate => predicate as Func<TPublished, bool> ?? (@event => predicate((TEvent)(object)@event!)));
}
