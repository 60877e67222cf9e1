namespace EventBus.Patterns;

/// <summary>How far a pattern may bend the language.</summary>
/// <remarks>
/// The profile is chosen when a pattern is parsed and stays with it. Patterns of both profiles may stand in one
/// <see cref="EventPatternSet{TKey}"/>.
/// </remarks>
public enum PatternProfile
{
    /// <summary>
    /// What is almost certainly a mistake is refused: a key or a path written twice, an <c>$or</c> that would be taken for a
    /// field's name, a number that no event could equal. The default.
    /// </summary>
    /// <remarks>
    /// Numbers are equal when their decimal values are, however many digits they have; ranges compare the nearest doubles, so that a
    /// number of more than 15 digits may count as the bound beside it. The absence of a field inside an
    /// array is judged on the element that the other fields chose, in whatever order the fields are named. An address
    /// written as a plain string is compared as text.
    /// </remarks>
    Strict,

    /// <summary>Verdict for verdict what Amazon EventBridge does, its leniencies and traps included.</summary>
    /// <remarks>
    /// The last of two equal keys wins. An <c>$or</c> that is no proper list of alternatives is a field's name. A number with more
    /// digits than a double holds equals only the same text and lies in no range. The absence of a field inside an array is
    /// judged on the element chosen by the fields whose paths sort before it. A plain string that is an IP address is compared as
    /// an address.
    /// </remarks>
    EventBridge,
}
