namespace EventBus.Patterns.Typing;

/// <summary>Where the search for a path ended.</summary>
internal sealed class PathFailure
{
    /// <summary>The shape that lacks the next name.</summary>
    public Shape? Shape { get; set; }

    /// <summary>How many names of the path were found.</summary>
    public int At { get; set; }
}
