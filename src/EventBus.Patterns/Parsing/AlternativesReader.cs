using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using EventBus.Patterns.Conditions;

namespace EventBus.Patterns.Parsing;

/// <summary>Reads a field's list of alternatives.</summary>
internal static class AlternativesReader
{
    /// <summary>Reads from the list's opening bracket to its closing one.</summary>
    public static bool TryRead(ref PatternReader reader, FieldPath field, [NotNullWhen(true)] out FieldCondition? condition)
    {
        condition = null;
        int start = reader.Offset;
        if (!reader.Read())
        {
            return false;
        }

        if (reader.Kind == JsonTokenType.EndArray)
        {
            return reader.Fail(
                start,
                "The list of alternatives is empty, so nothing could match.",
                """List the values to match, as in ["value"]; [{"exists":true}] takes any value, [{"exists":false}] a missing field.""");
        }

        if (reader.Kind != JsonTokenType.String || IsAddress(ref reader))
        {
            return TryReadList(ref reader, field, first: null, out condition);
        }

        ReadOnlySpan<byte> text = reader.Text();
        if (!reader.Read())
        {
            return false;
        }

        if (reader.Kind == JsonTokenType.EndArray)
        {
            condition = FieldCondition.OfExactString(field, text);
            return true;
        }

        return TryReadList(ref reader, field, new ExactString(text.ToArray()), out condition);
    }

    private static bool TryReadList(
        ref PatternReader reader, FieldPath field, Condition? first, [NotNullWhen(true)] out FieldCondition? condition)
    {
        condition = null;
        List<Condition>? several = null;
        bool acceptsAbsence = false;
        while (reader.Kind != JsonTokenType.EndArray)
        {
            if (!TryReadAlternative(ref reader, field, out Condition? alternative))
            {
                return false;
            }

            if (alternative is null)
            {
                acceptsAbsence = true;
            }
            else if (first is null)
            {
                first = alternative;
            }
            else
            {
                (several ??= [first]).Add(alternative);
            }

            if (!reader.Read())
            {
                return false;
            }
        }

        condition = new FieldCondition(field, several is null ? first : new AnyOf([.. several]), acceptsAbsence);
        return true;
    }

    /// <summary>Reads one alternative; null stands for <c>{"exists":false}</c>.</summary>
    private static bool TryReadAlternative(ref PatternReader reader, FieldPath field, out Condition? alternative)
    {
        alternative = null;
        switch (reader.Kind)
        {
            case JsonTokenType.String:
                alternative = IsAddress(ref reader) ? Address(ref reader) : new ExactString(reader.Text().ToArray());
                return true;
            case JsonTokenType.Number:
                return TryReadNumber(ref reader, out alternative);
            case JsonTokenType.True:
                alternative = Literal.True;
                return true;
            case JsonTokenType.False:
                alternative = Literal.False;
                return true;
            case JsonTokenType.Null:
                alternative = Literal.Null;
                return true;
            case JsonTokenType.StartObject:
                return OperatorReader.TryRead(ref reader, field, out alternative);
            default:
                return reader.Fail(
                    "A list of alternatives holds another list.",
                    """Write the values into one list, as in ["a","b"]; an event's lists are looked into by themselves.""");
        }
    }

    private static bool TryReadNumber(ref PatternReader reader, out Condition? alternative)
    {
        ExactNumber number = new(reader.RawText.ToArray(), spellingCounts: reader.IsEventBridge, isRange: false);
        alternative = number;
        return reader.IsEventBridge || double.IsFinite(number.Value) || reader.Fail(
            $"The number {reader.Quote()} is larger than any that events are compared by.",
            "Write a number between -1.7976931348623157e308 and 1.7976931348623157e308.");
    }

    private static bool IsAddress(ref PatternReader reader) =>
        reader.IsEventBridge && IpAddress.Parse(reader.Text(), stackalloc byte[IpAddress.MaxLength]) != 0;

    private static AddressRange Address(ref PatternReader reader)
    {
        Span<byte> address = stackalloc byte[IpAddress.MaxLength];
        int length = IpAddress.Parse(reader.Text(), address);
        return new AddressRange(address[..length], length * 8);
    }
}
