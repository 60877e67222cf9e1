namespace EventBus.Patterns;

/// <summary>Limits of an <see cref="EventPatternSet{TKey}"/>.</summary>
public sealed class EventPatternSetOptions
{
    /// <summary>
    /// How many wildcards one value of a field may have to be tried against one after another. A wildcard is looked up by its rarest
    /// piece of text; what counts is how many share it. A pattern that crosses the limit is refused when it is added.
    /// </summary>
    /// <value>1 or more; 1,000 by default.</value>
    public int MaxWildcardComplexity { get; set; } = 1_000;
}
