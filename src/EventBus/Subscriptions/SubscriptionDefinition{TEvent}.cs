using System.Text.Json;
using EventBus.Delivering;
using EventBus.Delivering.Batches;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Subscriptions;

/// <summary>The definition of a subscription to <typeparamref name="TEvent"/>.</summary>
/// <param name="name">The subscription's name.</param>
/// <param name="makeHandler">Makes what calls the handler, once it is known where scopes come from.</param>
internal sealed class SubscriptionDefinition<TEvent>(
    string name, Func<IServiceScopeFactory, Func<TEvent, EventContext, CancellationToken, ValueTask>> makeHandler)
    : SubscriptionDefinition(name, typeof(TEvent))
    where TEvent : notnull
{
    /// <summary>Makes what calls a batch handler; null where the handler takes one event at a time.</summary>
    public Func<IServiceScopeFactory, Func<IReadOnlyList<TEvent>, BatchContext, CancellationToken, ValueTask>>? MakeBatchHandler { get; init; }

    public override bool IsBatch => MakeBatchHandler is not null;

    // Made for the first of them: for each event type it would be ten more types to load at start.
    private List<Func<TEvent, bool>>? _predicates;

    public List<Func<TEvent, bool>> Predicates => _predicates ??= [];

    public override Subscription Build(IServiceScopeFactory scopes, DeliveryEnvironment environment, JsonSerializerOptions? patternJson = null)
    {
        Func<TEvent, EventContext, CancellationToken, ValueTask> handler = makeHandler(scopes);
        DeliverySettings settings = Freeze(environment);
        Deliverer deliverer = MakeBatchHandler is null
            ? new Deliverer<TEvent>(Name, handler, settings, environment)
            : new BatchDeliverer<TEvent>(Name, MakeBatchHandler(scopes), settings, environment);
        BoundPatterns patterns = Patterns.Count == 0
            ? NoPatterns.Instance
            : new BoundPatterns<TEvent>([.. Patterns.Select(static pattern => pattern.Read())], patternJson);
        Subscription<TEvent> subscription = new(
            deliverer, handler, BuildDispatcher(deliverer), InlineFailure, _predicates?.ToArray(), patterns, patternJson);
        if (ConfiguredPattern is not null)
        {
            subscription.ConfiguredPattern = ConfiguredPattern;
            subscription.Patterns = subscription.Bind(ConfiguredPattern);
        }

        return subscription;
    }

    public override IEnumerable<string> CheckPatterns(JsonSerializerOptions? patternJson)
    {
        foreach (PatternText pattern in Patterns)
        {
            if (FindProblem(pattern, patternJson) is { } problem)
            {
                yield return $"A pattern of '{Name}' cannot be used. {problem}";
            }
        }

        if (ConfiguredPattern is not null && FindProblem(new PatternText(ConfiguredPattern), patternJson) is { } configured)
        {
            yield return $"The pattern that the configuration gives '{Name}' cannot be used. {configured}";
        }
    }

    private static string? FindProblem(PatternText pattern, JsonSerializerOptions? patternJson)
    {
        try
        {
            _ = pattern.Read().For<TEvent>(patternJson);
            return null;
        }
        catch (Exception exception) when (BoundPatterns.IsRefusal(exception))
        {
            return exception.Message;
        }
    }
}
