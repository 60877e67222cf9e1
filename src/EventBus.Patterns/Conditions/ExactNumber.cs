using EventBus.Patterns.Events;

namespace EventBus.Patterns.Conditions;

/// <summary>A number by its value, whatever its spelling.</summary>
/// <param name="text">The number as the pattern spells it.</param>
/// <param name="spellingCounts">
/// True in the EventBridge profile, where a number that no double holds equals only its own spelling.
/// </param>
/// <param name="isRange">True when written as <c>{"numeric":["=",n]}</c>.</param>
internal sealed class ExactNumber(byte[] text, bool spellingCounts, bool isRange) : Condition
{
    public double Value { get; } = JsonNumber.Parse(text, out _) + 0.0; // +0.0 turns -0 into 0.

    public byte[] Text { get; } = text;

    /// <summary>Whether a double holds the number, so that no other number of few digits shares the double.</summary>
    public bool IsHeldExactly { get; } = JsonNumber.IsHeldExactly(text);

    public override bool Matches(in FieldValue value) =>
        value.Kind == ValueKind.Number
        && value.Number == Value
        && (IsHeldExactly && !value.HasManyDigits || IsSameDecimal(value.Text));

    private bool IsSameDecimal(ReadOnlySpan<byte> text)
    {
        // A value given without a text is one that a double holds exactly.
        if (text.IsEmpty)
        {
            return IsHeldExactly;
        }

        bool isSpellingDecisive = spellingCounts && !(IsHeldExactly && JsonNumber.IsHeldExactly(text));
        return isSpellingDecisive ? text.SequenceEqual(Text) : JsonNumber.AreEqual(text, Text);
    }

    public override string ToString() => isRange ? $$"""{"numeric":["=",{{Written.Number(Text)}}]}""" : Written.Number(Text);
}
