namespace EventBus.Patterns.Matching;

/// <summary>A pattern under a key of a set.</summary>
/// <param name="keyNumber">The key's own number, the same for all patterns under the key.</param>
internal class Rule(int keyNumber)
{
    /// <summary>The value of <see cref="Version"/> while the rule is not yet, or no longer, in force.</summary>
    public const int NotInForce = int.MaxValue;

    private int _version = NotInForce;

    public int KeyNumber { get; } = keyNumber;

    /// <summary>The pattern's branches, bound to the index that the rule stands in. Set before the rule is in force.</summary>
    public BoundBranch[] Branches { get; set; } = [];

    /// <summary>The version of the tree from which on a reading holds all the rule's fields. Setting it puts the rule in force, whole.</summary>
    public int Version
    {
        get => Volatile.Read(ref _version);
        set => Volatile.Write(ref _version, value);
    }
}
