namespace EventBus.Patterns.Typing;

/// <summary>A field's path on its way through the shapes of a type.</summary>
/// <param name="steps">The names of the path.</param>
/// <param name="at">How many of them are behind.</param>
/// <param name="findings">What was found so far.</param>
internal readonly struct PathSearch(string[] steps, int at, PathFindings findings)
{
    public bool IsAtEnd => at == steps.Length;

    public int Remaining => steps.Length - at;

    /// <summary>Whether these names come next: a property's name with dots in it counts for several.</summary>
    public bool StartsWith(string[] names) => steps.AsSpan(at).StartsWith(names);

    public PathSearch Past(int count) => new(steps, at + count, findings);

    /// <summary>The kinds of scalar that stand at the end of the path, from a property or an entry of this shape on.</summary>
    /// <returns>The kinds, or null where there is no such path.</returns>
    public WrittenKinds? FindIn(Shape shape)
    {
        if (IsAtEnd)
        {
            findings.Leaf ??= shape;
            return shape.Find(this);
        }

        // Names with dots lead to one place by many ways, and in a type that holds its own kind their number doubles with each name.
        if (!findings.Known.TryGetValue((shape, at), out WrittenKinds? kinds))
        {
            kinds = shape.Find(this);
            findings.Known.Add((shape, at), kinds);
        }

        return kinds;
    }

    /// <summary>Notes that the next name is not there.</summary>
    /// <returns>Null, for the caller to return.</returns>
    public WrittenKinds? Fail(Shape shape)
    {
        if (findings.Lacking is null || at > findings.LackingAt)
        {
            findings.Lacking = shape;
            findings.LackingAt = at;
        }

        return null;
    }
}
