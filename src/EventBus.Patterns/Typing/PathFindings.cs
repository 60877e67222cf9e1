namespace EventBus.Patterns.Typing;

/// <summary>What the search for one path came upon. For one thread.</summary>
internal sealed class PathFindings
{
    /// <summary>The shape that lacks the next name, where the search got furthest without success.</summary>
    public Shape? Lacking { get; set; }

    /// <summary>How many names of the path were found there.</summary>
    public int LackingAt { get; set; }

    /// <summary>The shape at the end of the path; the first, where names with dots lead to several.</summary>
    public Shape? Leaf { get; set; }

    /// <summary>What was found for each shape at each number of names.</summary>
    public Dictionary<(Shape Shape, int At), WrittenKinds?> Known { get; } = [];
}
