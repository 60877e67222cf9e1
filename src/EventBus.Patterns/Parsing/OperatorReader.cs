using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using EventBus.Patterns.Conditions;

namespace EventBus.Patterns.Parsing;

/// <summary>Reads an alternative that is an object: one operator with its operand.</summary>
internal static class OperatorReader
{
    /// <summary>Reads from the object's opening brace to its closing one; null stands for <c>{"exists":false}</c>.</summary>
    public static bool TryRead(ref PatternReader reader, FieldPath field, out Condition? condition)
    {
        condition = null;
        int start = reader.Offset;
        if (!reader.Read())
        {
            return false;
        }

        if (reader.Kind == JsonTokenType.EndObject)
        {
            return reader.Fail(start, "The object is empty; an alternative that is an object holds an operator.", """Write {"prefix":"a"}.""");
        }

        string? name = Operators.Find(reader.Text());
        if (name is null)
        {
            return FailUnknown(ref reader, field);
        }

        return reader.Read() && TryReadOperand(ref reader, name, out condition) && TryReadEnd(ref reader, name);
    }

    /// <summary>Goes behind an operator's operand, where its object must end.</summary>
    public static bool TryReadEnd(ref PatternReader reader, string name) => reader.Read() && (reader.Kind == JsonTokenType.EndObject || reader.Fail(
        $"An object holds one operator, and this one holds '{name}' and {reader.Quote()}.",
        "Give each an object of its own, as in [{\"prefix\":\"a\"},{\"suffix\":\"z\"}], which takes either; {\"wildcard\":\"a*z\"} asks for both ends."));

    /// <summary>Reads a string that an operator asks for.</summary>
    public static bool TryReadString(ref PatternReader reader, string name, out ReadOnlySpan<byte> text)
    {
        if (reader.Kind == JsonTokenType.String)
        {
            text = reader.Text();
            return true;
        }

        text = default;
        return reader.Fail($"'{name}' takes a string, and this is {reader.Describe()}.", RemedyForString(ref reader, name));
    }

    private static string RemedyForString(ref PatternReader reader, string name) => reader.Kind switch
    {
        _ when name == "cidr" => """Write {"cidr":"10.0.0.0/8"}.""",
        JsonTokenType.Number => $$"""Write {"{{name}}":"{{reader.Quote()}}"} for a string; numbers are compared with {"numeric":[">=",1]}.""",
        JsonTokenType.StartArray => $$"""Give each string an object of its own: [{"{{name}}":"a"},{"{{name}}":"b"}].""",
        JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null => $"Write the value itself into the field's list: [{reader.Quote()}].",
        _ => $$"""Write {"{{name}}":"a"}.""",
    };

    private static bool TryReadOperand(ref PatternReader reader, string name, out Condition? condition)
    {
        condition = null;
        switch (name)
        {
            case "prefix":
            case "suffix":
                return TryReadAffix(ref reader, name, out condition);
            case "numeric":
                return NumericReader.TryRead(ref reader, out condition);
            case "anything-but":
                return AnythingButReader.TryRead(ref reader, out condition);
            case "exists":
                return TryReadExists(ref reader, out condition);
            default:
                return TryReadString(ref reader, name, out ReadOnlySpan<byte> text)
                    && TryReadText(ref reader, name, text, out condition);
        }
    }

    private static bool TryReadText(ref PatternReader reader, string name, scoped ReadOnlySpan<byte> text, [NotNullWhen(true)] out Condition? condition)
    {
        switch (name)
        {
            case "wildcard":
                return WildcardReader.TryRead(ref reader, text, out condition);
            case "cidr":
                return AddressRangeReader.TryRead(ref reader, text, out condition);
            case "equals-ignore-case":
                condition = new IgnoreCase(text.ToArray(), CaseMatch.Whole);
                return true;
            default:
                condition = new ExactString(text.ToArray(), ExactStringForm.Exactly);
                return true;
        }
    }

    private static bool TryReadAffix(ref PatternReader reader, string name, [NotNullWhen(true)] out Condition? condition)
    {
        condition = null;
        bool isSuffix = name == "suffix";
        if (reader.Kind != JsonTokenType.StartObject)
        {
            if (!TryReadString(ref reader, name, out ReadOnlySpan<byte> text))
            {
                return false;
            }

            condition = new Affix(text.ToArray(), isSuffix);
            return true;
        }

        const string Inner = "equals-ignore-case";
        string remedy = $$$"""Write {"{{{name}}}":"a"}, or {"{{{name}}}":{"equals-ignore-case":"a"}} to leave case out of account.""";
        int start = reader.Offset;
        if (!reader.Read())
        {
            return false;
        }

        if (reader.Kind == JsonTokenType.EndObject)
        {
            return reader.Fail(start, $"'{name}' takes a string, and this is an empty object.", remedy);
        }

        if (!reader.TextEquals("equals-ignore-case"u8))
        {
            return reader.Fail($"'{name}' can hold 'equals-ignore-case', and not {reader.Quote()}.", remedy);
        }

        if (!reader.Read() || !TryReadString(ref reader, Inner, out ReadOnlySpan<byte> folded) || !TryReadEnd(ref reader, Inner))
        {
            return false;
        }

        condition = new IgnoreCase(folded.ToArray(), isSuffix ? CaseMatch.Suffix : CaseMatch.Prefix);
        return true;
    }

    private static bool TryReadExists(ref PatternReader reader, out Condition? condition)
    {
        condition = reader.Kind == JsonTokenType.True ? Exists.True : null;
        return reader.Kind is JsonTokenType.True or JsonTokenType.False || reader.Fail(
            $"'exists' takes true or false, and this is {reader.Describe()}.",
            reader.Kind == JsonTokenType.String && (reader.TextEquals("false"u8) || reader.TextEquals("no"u8)) || reader.Kind == JsonTokenType.Number && reader.RawText is [(byte)'0']
                ? """Write {"exists":false}."""
                : """Write {"exists":true}.""");
    }

    private static bool FailUnknown(ref PatternReader reader, FieldPath field)
    {
        string name = Encoding.UTF8.GetString(reader.Text());
        return reader.Fail(
            $"There is no operator {reader.Quote()}.",
            Operators.IsLikeOr(field.Name) ? """Did you mean '$or'? Write {"$or":[{"a":["x"]},{"b":["y"]}]}.""" : Operators.Instead(name));
    }
}
