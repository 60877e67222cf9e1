using EventBus.Patterns;

namespace EventBus.Subscriptions;

/// <summary>The patterns of a subscription, bound to the type it handles. All must match. Never changes.</summary>
internal abstract class BoundPatterns(IReadOnlyList<EventPattern> patterns)
{
    /// <summary>The patterns. Where a topic has an index, it is asked for the first; the others are asked of what it finds.</summary>
    public IReadOnlyList<EventPattern> All { get; } = patterns;

    /// <summary>Whether a pattern could not be read or bound: it is none, cannot match, or the type has no JSON to match.</summary>
    public static bool IsRefusal(Exception exception) =>
        exception is EventPatternException or InvalidOperationException or NotSupportedException;

    /// <summary>The patterns as tests, for publishers that hold the event as <typeparamref name="TPublished"/>.</summary>
    public abstract IEnumerable<Func<TPublished, bool>> TestsFor<TPublished>();

    /// <summary>What finds the keys of a set whose patterns match an event that is held as <typeparamref name="TPublished"/>.</summary>
    public abstract Func<TPublished, ICollection<TKey>, int> MatcherFor<TPublished, TKey>(EventPatternSet<TKey> set)
        where TKey : notnull;

    /// <summary>Tells of each pattern why it matches or does not. May throw what the event's properties throw.</summary>
    public abstract IReadOnlyList<PatternExplanation> Explain(object @event);
}
