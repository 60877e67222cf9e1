using System.Text.Json;
using EventBus.Patterns;

namespace EventBus.Subscriptions;

/// <summary>The patterns of a subscription to <typeparamref name="TEvent"/>.</summary>
internal sealed class BoundPatterns<TEvent> : BoundPatterns
    where TEvent : notnull
{
    private readonly JsonSerializerOptions? _json;
    private readonly EventPattern<TEvent>[] _bound;

    /// <exception cref="EventPatternException">A pattern names a field that the type cannot have.</exception>
    public BoundPatterns(IReadOnlyList<EventPattern> patterns, JsonSerializerOptions? json)
        : base(patterns)
    {
        _json = json;
        _bound = [.. patterns.Select(pattern => pattern.For<TEvent>(json))];
    }

    public override IEnumerable<Func<TPublished, bool>> TestsFor<TPublished>()
    {
        foreach (EventPattern<TEvent> pattern in _bound)
        {
            Func<TEvent, bool> test = pattern.IsMatch;
            yield return test as Func<TPublished, bool> ?? (@event => test((TEvent)(object)@event!));
        }
    }

    public override Func<TPublished, ICollection<TKey>, int> MatcherFor<TPublished, TKey>(EventPatternSet<TKey> set)
    {
        Func<TEvent, ICollection<TKey>, int> match = set.For<TEvent>(_json).Match;
        return match as Func<TPublished, ICollection<TKey>, int> ?? ((@event, keys) => match((TEvent)(object)@event!, keys));
    }

    public override IReadOnlyList<PatternExplanation> Explain(object @event) =>
        [.. _bound.Select(pattern => pattern.Explain((TEvent)@event))];
}
