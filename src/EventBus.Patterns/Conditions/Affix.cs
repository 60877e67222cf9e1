using EventBus.Patterns.Events;

namespace EventBus.Patterns.Conditions;

/// <summary>Strings that begin, or end, with a text.</summary>
/// <param name="value">The text; empty matches every string.</param>
/// <param name="isSuffix">True for the end.</param>
internal sealed class Affix(byte[] value, bool isSuffix) : Condition
{
    public byte[] Value { get; } = value;

    public bool IsSuffix { get; } = isSuffix;

    public override bool Matches(in FieldValue value) =>
        value.Kind == ValueKind.String && (IsSuffix ? value.Text.EndsWith(Value) : value.Text.StartsWith(Value));

    public override string ToString() => $$"""{"{{(IsSuffix ? "suffix" : "prefix")}}":{{Written.String(Value)}}}""";
}
