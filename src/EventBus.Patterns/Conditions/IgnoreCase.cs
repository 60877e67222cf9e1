using EventBus.Patterns.Events;

namespace EventBus.Patterns.Conditions;

/// <summary>Strings that equal, begin or end with a text when letter case is left out of account.</summary>
/// <param name="value">The text as written.</param>
/// <param name="part">Which part of the string is compared.</param>
internal sealed class IgnoreCase(byte[] value, CaseMatch part) : Condition
{
    public byte[] Folded { get; } = CaseFolding.Fold(value);

    public CaseMatch Part { get; } = part;

    public override bool Matches(in FieldValue value) =>
        value.Kind == ValueKind.String && CaseFolding.Matches(value.Text, Folded, Part);

    public override string ToString()
    {
        string inner = $$"""{"equals-ignore-case":{{Written.String(value)}}}""";
        return Part switch
        {
            CaseMatch.Prefix => $$"""{"prefix":{{inner}}}""",
            CaseMatch.Suffix => $$"""{"suffix":{{inner}}}""",
            _ => inner,
        };
    }
}
