using EventBus.Patterns.Events;

namespace EventBus.Patterns.Conditions;

/// <summary>The string itself: ordinal, no case folding, no normalisation.</summary>
/// <param name="value">The string.</param>
/// <param name="writtenAs">How the pattern writes it.</param>
internal sealed class ExactString(byte[] value, ExactStringForm writtenAs = ExactStringForm.Plain) : Condition
{
    public byte[] Value { get; } = value;

    public override bool Matches(in FieldValue value) =>
        value.Kind == ValueKind.String && value.Text.SequenceEqual(Value);

    public override string ToString() => writtenAs switch
    {
        ExactStringForm.Exactly => $$"""{"exactly":{{Written.String(Value)}}}""",
        ExactStringForm.Wildcard => $$"""{"wildcard":{{Written.Wildcard([Value])}}}""",
        _ => Written.String(Value),
    };
}
