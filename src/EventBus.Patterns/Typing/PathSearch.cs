namespace EventBus.Patterns.Typing;

/// <summary>A field's path on its way through the shapes of a type.</summary>
/// <param name="steps">The names of the path.</param>
/// <param name="at">How many of them are behind.</param>
/// <param name="failure">Where the search got furthest without success.</param>
internal readonly struct PathSearch(string[] steps, int at, PathFailure failure)
{
    public bool IsAtEnd => at == steps.Length;

    public int Remaining => steps.Length - at;

    /// <summary>The next names as one: a property's name may hold dots.</summary>
    public string Name(int count) => count == 1 ? steps[at] : string.Join('.', steps, at, count);

    public PathSearch Past(int count) => new(steps, at + count, failure);

    /// <summary>Notes that the next name is not there.</summary>
    /// <returns>Null, for the caller to return.</returns>
    public WrittenKinds? Fail(Shape shape)
    {
        if (failure.Shape is null || at > failure.At)
        {
            failure.Shape = shape;
            failure.At = at;
        }

        return null;
    }
}
