using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using EventBus.Patterns.Conditions;
using EventBus.Patterns.Events;

namespace EventBus.Patterns.Parsing;

/// <summary>Reads the operand of <c>anything-but</c>: values, or one of four operators with strings.</summary>
internal static class AnythingButReader
{
    private const string Name = "anything-but";

    public static bool TryRead(ref PatternReader reader, [NotNullWhen(true)] out Condition? condition)
    {
        condition = null;
        if (reader.Kind == JsonTokenType.StartObject)
        {
            return TryReadOperator(ref reader, out condition);
        }

        List<Condition> excluded = [];
        List<string> written = [];
        if (!TryReadValues(ref reader, @operator: null, excluded, written))
        {
            return false;
        }

        condition = new AnythingBut([.. excluded], $$"""{"anything-but":{{Join(written)}}}""");
        return true;
    }

    private static bool TryReadOperator(ref PatternReader reader, [NotNullWhen(true)] out Condition? condition)
    {
        condition = null;
        int start = reader.Offset;
        if (!reader.Read())
        {
            return false;
        }

        if (reader.Kind == JsonTokenType.EndObject)
        {
            return reader.Fail(start, "'anything-but' excludes nothing: its object is empty.", """Write {"anything-but":["a","b"]}, or {"anything-but":{"prefix":"a"}}.""");
        }

        string? inner = Operators.Find(reader.Text());
        if (inner is not ("prefix" or "suffix" or "equals-ignore-case" or "wildcard"))
        {
            return FailOperator(ref reader, inner);
        }

        List<Condition> excluded = [];
        List<string> written = [];
        if (!reader.Read() || !TryReadValues(ref reader, inner, excluded, written) || !OperatorReader.TryReadEnd(ref reader, inner))
        {
            return false;
        }

        condition = new AnythingBut([.. excluded], $$$"""{"anything-but":{"{{{inner}}}":{{{Join(written)}}}}}""");
        return true;
    }

    private static bool FailOperator(ref PatternReader reader, string? inner) => reader.Fail(
        inner is null ? $"There is no operator {reader.Quote()}." : $"'anything-but' cannot hold '{inner}'.",
        inner switch
        {
            null when Spelling.Nearest(Encoding.UTF8.GetString(reader.Text()), Operators.All) is { } nearest => $"Did you mean '{nearest}'?",
            "exactly" => """Write the strings themselves: {"anything-but":["a","b"]}.""",
            "numeric" => """Write the ranges to take instead, as in [{"numeric":["<",1]},{"numeric":[">",5]}].""",
            "exists" => """Write {"exists":true} or {"exists":false} by itself.""",
            "anything-but" => """Write what is to match itself: ["a","b"].""",
            _ => "It can hold 'prefix', 'suffix', 'equals-ignore-case' and 'wildcard', as in {\"anything-but\":{\"prefix\":\"a\"}}.",
        });

    /// <summary>Reads one value or a list of them, of one kind.</summary>
    private static bool TryReadValues(ref PatternReader reader, string? @operator, List<Condition> excluded, List<string> written)
    {
        if (reader.Kind != JsonTokenType.StartArray)
        {
            return TryReadValue(ref reader, @operator, excluded, written);
        }

        int start = reader.Offset;
        JsonTokenType first = JsonTokenType.None;
        while (reader.Read() && reader.Kind != JsonTokenType.EndArray)
        {
            if (first == JsonTokenType.None)
            {
                first = reader.Kind;
            }
            else if (@operator is null && reader.Kind != first && reader.Kind is JsonTokenType.String or JsonTokenType.Number)
            {
                return reader.Fail(
                    $"'anything-but' takes strings or numbers, and {reader.Describe()} stands in a list of the other kind.",
                    "Make all of them strings, as in {\"anything-but\":[\"a\",\"5\"]}, or all of them numbers.");
            }

            if (!TryReadValue(ref reader, @operator, excluded, written))
            {
                return false;
            }
        }

        return reader.Fault is null && (excluded.Count > 0 || reader.Fail(
            start,
            $"'{@operator ?? Name}' has an empty list, which excludes nothing.",
            """List what to exclude, as in {"anything-but":["a","b"]}; {"exists":true} takes any value."""));
    }

    private static bool TryReadValue(ref PatternReader reader, string? @operator, List<Condition> excluded, List<string> written)
    {
        Condition? condition;
        if (@operator is not null ? !TryReadText(ref reader, @operator, out condition) : !TryReadExact(ref reader, out condition))
        {
            return false;
        }

        excluded.Add(condition);
        written.Add(reader.Kind == JsonTokenType.String ? Written.String(reader.Text()) : Written.Number(reader.RawText));
        return true;
    }

    private static bool TryReadExact(ref PatternReader reader, [NotNullWhen(true)] out Condition? condition)
    {
        condition = null;
        switch (reader.Kind)
        {
            case JsonTokenType.String:
                condition = new ExactString(reader.Text().ToArray());
                return true;
            case JsonTokenType.Number when JsonNumber.IsHeldExactly(reader.RawText):
                condition = new ExactNumber(reader.RawText.ToArray(), spellingCounts: reader.IsEventBridge, isRange: false);
                return true;
            case JsonTokenType.Number:
                return NumericReader.FailInexact(ref reader);
            default:
                return reader.Fail(
                    $"'anything-but' takes strings or numbers, and this is {reader.Describe()}.",
                    reader.Kind switch
                    {
                        JsonTokenType.True => "Write what is to match instead: [false].",
                        JsonTokenType.False => "Write what is to match instead: [true].",
                        JsonTokenType.Null => """Write what is to match instead: {"prefix":""} takes any string.""",
                        _ => """Write {"anything-but":["a","b"]}, or {"anything-but":{"prefix":["a","b"]}}.""",
                    });
        }
    }

    private static bool TryReadText(ref PatternReader reader, string @operator, [NotNullWhen(true)] out Condition? condition)
    {
        condition = null;
        if (reader.Kind != JsonTokenType.String)
        {
            return reader.Fail(
                $"'{@operator}' in 'anything-but' takes a string or a list of strings, and this is {reader.Describe()}.",
                $$$"""Write {"anything-but":{"{{{@operator}}}":["a","b"]}}.""");
        }

        ReadOnlySpan<byte> text = reader.Text();
        switch (@operator)
        {
            case "wildcard":
                return WildcardReader.TryRead(ref reader, text, out condition);
            case "equals-ignore-case":
                condition = new IgnoreCase(text.ToArray(), CaseMatch.Whole);
                return true;
            case var _ when text.IsEmpty:
                return reader.Fail(
                    $"The {@operator} is empty, and as every string has it, no string could match.",
                    $$$"""Write at least one character: {"anything-but":{"{{{@operator}}}":"a"}}.""");
            default:
                condition = new Affix(text.ToArray(), isSuffix: @operator == "suffix");
                return true;
        }
    }

    private static string Join(List<string> written) => written.Count == 1 ? written[0] : $"[{string.Join(',', written)}]";
}
