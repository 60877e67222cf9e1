using EventBus.Patterns;

namespace EventBus.Subscriptions;

/// <summary>The patterns of all subscriptions that have none.</summary>
internal sealed class NoPatterns : BoundPatterns
{
    public static readonly NoPatterns Instance = new();

    private NoPatterns()
        : base([])
    {
    }

    public override IEnumerable<Func<TPublished, bool>> TestsFor<TPublished>() => [];

    public override Func<TPublished, ICollection<TKey>, int> MatcherFor<TPublished, TKey>(EventPatternSet<TKey> set) =>
        throw new InvalidOperationException("Without a pattern there is no set that it could be in.");

    public override IReadOnlyList<PatternExplanation> Explain(object @event) => [];
}
