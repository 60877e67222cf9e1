using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using EventBus.Patterns.Conditions;
using EventBus.Patterns.Events;

namespace EventBus.Patterns.Parsing;

/// <summary>Reads the operand of <c>numeric</c>: a comparison with a number, or two that bound a range.</summary>
internal static class NumericReader
{
    private const string Remedy = """Write {"numeric":["=",5]}, {"numeric":["<",5]} or {"numeric":[">=",1,"<",5]}.""";

    public static bool TryRead(ref PatternReader reader, [NotNullWhen(true)] out Condition? condition)
    {
        condition = null;
        if (reader.Kind != JsonTokenType.StartArray)
        {
            return reader.Fail(
                $"'numeric' takes a list of comparisons and numbers, and this is {reader.Describe()}.",
                reader.Kind == JsonTokenType.Number ? $$"""Write {"numeric":["=",{{reader.Quote()}}]}.""" : Remedy);
        }

        int start = reader.Offset;
        if (!TryReadComparison(ref reader, start, out Bound first) || !reader.Read())
        {
            return false;
        }

        if (reader.Kind == JsonTokenType.EndArray)
        {
            condition = first.Comparison == "="
                ? new ExactNumber(reader.Slice(first.At, first.Length).ToArray(), spellingCounts: reader.IsEventBridge, isRange: true)
                : Range(ref reader, first, first.IsLow ? null : first);
            return true;
        }

        if (first.Comparison == "=")
        {
            return reader.Fail("'numeric' has something behind the number that '=' asks for.", $$"""Write {"numeric":["=",{{Text(ref reader, first)}}]}.""");
        }

        return TryReadSecond(ref reader, start, first, out condition);
    }

    /// <summary>Refuses a number that no double holds.</summary>
    public static bool FailInexact(ref PatternReader reader) => reader.Fail(
        $"The number {reader.Quote()} cannot be compared by size: no double holds it exactly.",
        "Write it with at most 15 digits, between -1.7976931348623157e308 and 1.7976931348623157e308.");

    private static bool TryReadSecond(ref PatternReader reader, int start, Bound low, [NotNullWhen(true)] out Condition? condition)
    {
        condition = null;
        int secondAt = reader.Offset;
        if (!TryTakeComparison(ref reader, start, out string? comparison) || !TryReadNumber(ref reader, start, comparison, out Bound high) || !reader.Read())
        {
            return false;
        }

        if (reader.Kind != JsonTokenType.EndArray)
        {
            return reader.Fail("'numeric' takes at most two comparisons.", """Write {"numeric":[">=",1,"<",5]}.""");
        }

        if (!low.IsLow || !high.IsHigh)
        {
            bool isReversed = high.IsLow && low.IsHigh && high.Value < low.Value;
            return reader.Fail(
                secondAt,
                $"A range is bounded by '>' or '>=' and then '<' or '<=', and this one by '{low.Comparison}' and '{high.Comparison}'.",
                isReversed ? $"Write the lower bound first: {Write(ref reader, high, low)}." : """Write {"numeric":[">=",1,"<",5]}.""");
        }

        if (!(low.Value < high.Value))
        {
            return reader.Fail(
                start,
                $"The range's lower bound, {Text(ref reader, low)}, is not below its upper bound, {Text(ref reader, high)}.",
                low.Value == high.Value
                    ? $$"""Write {"numeric":["=",{{Text(ref reader, low)}}]} for the one number."""
                    : $$"""Write the lower bound first: {"numeric":["{{low.Comparison}}",{{Text(ref reader, high)}},"{{high.Comparison}}",{{Text(ref reader, low)}}]}.""");
        }

        condition = Range(ref reader, low, high);
        return true;
    }

    private static NumericRange Range(ref PatternReader reader, Bound first, Bound? second)
    {
        double low = !first.IsLow ? double.NegativeInfinity : first.IsOpen ? Math.BitIncrement(first.Value) : first.Value;
        double high = second is not { } last ? double.PositiveInfinity : last.IsOpen ? Math.BitDecrement(last.Value) : last.Value;
        return new NumericRange(low, high, refusesInexact: reader.IsEventBridge, Write(ref reader, first, first.IsLow ? second : null));
    }

    private static bool TryReadComparison(ref PatternReader reader, int start, out Bound bound)
    {
        bound = default;
        return reader.Read()
            && TryTakeComparison(ref reader, start, out string? comparison)
            && TryReadNumber(ref reader, start, comparison, out bound);
    }

    private static bool TryTakeComparison(ref PatternReader reader, int start, [NotNullWhen(true)] out string? comparison)
    {
        comparison = null;
        if (reader.Kind == JsonTokenType.EndArray)
        {
            return reader.Fail(start, "'numeric' has an empty list.", Remedy);
        }

        if (reader.Kind != JsonTokenType.String)
        {
            return reader.Fail($"A comparison is expected here, and this is {reader.Describe()}.", Remedy);
        }

        ReadOnlySpan<byte> text = reader.Text();
        comparison = text switch
        {
            [(byte)'='] => "=",
            [(byte)'<'] => "<",
            [(byte)'>'] => ">",
            [(byte)'<', (byte)'='] => "<=",
            [(byte)'>', (byte)'='] => ">=",
            _ => null,
        };
        return comparison is not null || reader.Fail(
            $"There is no comparison {reader.Quote()}.",
            text.SequenceEqual("!="u8) || text.SequenceEqual("<>"u8)
                ? """Write {"anything-but":5} for every value but a number."""
                : "Write one of \"=\", \"<\", \"<=\", \">\" and \">=\".");
    }

    private static bool TryReadNumber(ref PatternReader reader, int start, string comparison, out Bound bound)
    {
        bound = default;
        if (!reader.Read())
        {
            return false;
        }

        switch (reader.Kind)
        {
            case JsonTokenType.Number when JsonNumber.IsHeldExactly(reader.RawText):
                bound = new Bound(comparison, JsonNumber.Parse(reader.RawText, out _), reader.Offset, reader.RawText.Length);
                return true;
            case JsonTokenType.Number:
                return FailInexact(ref reader);
            case JsonTokenType.EndArray:
                return reader.Fail(start, $"'numeric' ends without the number that '{comparison}' asks for.", Remedy);
            default:
                return reader.Fail(
                    $"'{comparison}' takes a number, and this is {reader.Describe()}.",
                    reader.Kind == JsonTokenType.String ? $"Write the number without quotation marks: [\"{comparison}\",5]." : Remedy);
        }
    }

    private static string Write(ref PatternReader reader, Bound first, Bound? second) => second is { } last
        ? $$"""{"numeric":["{{first.Comparison}}",{{Text(ref reader, first)}},"{{last.Comparison}}",{{Text(ref reader, last)}}]}"""
        : $$"""{"numeric":["{{first.Comparison}}",{{Text(ref reader, first)}}]}""";

    private static string Text(ref PatternReader reader, Bound bound) => Written.Number(reader.Slice(bound.At, bound.Length));

    /// <summary>A comparison and its number, with the place of the number's text.</summary>
    private readonly record struct Bound(string Comparison, double Value, int At, int Length)
    {
        public bool IsLow => Comparison[0] == '>';

        public bool IsHigh => Comparison[0] == '<';

        public bool IsOpen => Comparison.Length == 1;
    }
}
