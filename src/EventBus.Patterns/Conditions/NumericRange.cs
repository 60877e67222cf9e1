using System.Text;
using EventBus.Patterns.Events;

namespace EventBus.Patterns.Conditions;

/// <summary>Numbers from a lowest to a highest, both included; an open bound is the neighbouring double.</summary>
/// <param name="low">The lowest number that matches, or minus infinity.</param>
/// <param name="high">The highest number that matches, or infinity.</param>
/// <param name="refusesInexact">True in the EventBridge profile, where a number that no double holds lies in no range.</param>
/// <param name="written">The condition as the pattern writes it.</param>
internal sealed class NumericRange(double low, double high, bool refusesInexact, string written) : Condition
{
    // Only shown, and kept in half the room of a string.
    private readonly byte[] _written = Encoding.UTF8.GetBytes(written);

    public double Low { get; } = low;

    public double High { get; } = high;

    public override bool Matches(in FieldValue value)
    {
        if (value.Kind != ValueKind.Number)
        {
            return false;
        }

        double number = value.Number;
        return number >= Low && number <= High && !(refusesInexact && value.HasManyDigits && !IsHeldExactly(value.Text));
    }

    private static bool IsHeldExactly(ReadOnlySpan<byte> text) => text.IsEmpty || JsonNumber.IsHeldExactly(text);

    public override string ToString() => Encoding.UTF8.GetString(_written);
}
