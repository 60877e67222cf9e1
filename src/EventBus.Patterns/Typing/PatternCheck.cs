using System.Text.Json;
using EventBus.Patterns.Conditions;
using EventBus.Patterns.Events;
using EventBus.Patterns.Parsing;

namespace EventBus.Patterns.Typing;

/// <summary>Refuses patterns that ask of a type what it cannot have.</summary>
internal static class PatternCheck
{
    private const int MostNamesShown = 12;

    /// <exception cref="EventPatternException">The type has no such field, or no such value in it.</exception>
    public static void Check(Branch[] branches, Shape shape, ReadOnlySpan<byte> text)
    {
        foreach (Branch branch in branches)
        {
            foreach (FieldCondition field in branch.Fields)
            {
                Check(field, shape, text);
            }
        }
    }

    private static void Check(FieldCondition field, Shape shape, ReadOnlySpan<byte> text)
    {
        PathFindings findings = new();
        string[] steps = field.Path.Name.Split('.');
        if (shape.Find(new PathSearch(steps, 0, findings)) is not { } kinds)
        {
            (string problem, string remedy) = Explain(steps, findings, shape);
            throw Refuse(text, string.Join('.', steps, 0, findings.LackingAt + 1), problem, remedy);
        }

        foreach (Condition alternative in field.Alternatives)
        {
            if (!CanMatch(alternative, kinds))
            {
                Shape leaf = findings.Leaf ?? shape;
                string isWritten = leaf is ListShape ? "whose items are written" : "which is written";
                throw Refuse(
                    text,
                    field.Path.Name,
                    $"The field '{field.Path}' is of type {TypeName.Of(leaf.Type)}, {isWritten} as {Describe(kinds)}: {alternative} can never match it.",
                    (Nullable.GetUnderlyingType(leaf.Type) ?? leaf.Type).IsEnum && !kinds.HasFlag(WrittenKinds.String)
                        ? "Write the value's number, or have enums written by name: with a JsonStringEnumConverter in the options."
                        : Remedy(kinds));
            }
        }
    }

    private static bool CanMatch(Condition alternative, WrittenKinds kinds) => alternative switch
    {
        AnyOf any => Array.TrueForAll(any.Alternatives, each => CanMatch(each, kinds)),
        Literal { Kind: ValueKind.Null } => kinds.HasFlag(WrittenKinds.Null),
        Literal => kinds.HasFlag(WrittenKinds.Boolean),
        ExactNumber or NumericRange => kinds.HasFlag(WrittenKinds.Number),
        ExactString or Affix or IgnoreCase or Wildcard or AddressRange => kinds.HasFlag(WrittenKinds.String),

        // An object that is null is written as null, and so are an item and an entry.
        _ => kinds != WrittenKinds.None,
    };

    private static (string Problem, string Remedy) Explain(string[] steps, PathFindings findings, Shape shape)
    {
        string missing = steps[findings.LackingAt];
        string place = findings.LackingAt == 0 ? "" : $" in '{string.Join('.', steps, 0, findings.LackingAt)}'";
        Type type = (findings.Lacking ?? shape).Type;
        string problem = $"{TypeName.Of(type)} has no field '{missing}'{place}.";
        if (findings.LackingAt > 0 && Operators.All.Contains(missing))
        {
            return (problem, $"'{missing}' is an operator, which stands in a list: {Operators.InList(steps[findings.LackingAt - 1], missing)}.");
        }

        if (findings.Lacking is not ObjectShape found)
        {
            return (problem, "End the path before it: what stands there is a single value.");
        }

        string[] names = [.. found.Names.Order(StringComparer.Ordinal)];
        string written = names.Length == 0
            ? "It has no fields that are written to JSON."
            : $"Its fields are, by their names in JSON: {string.Join(", ", names.Take(MostNamesShown))}{(names.Length > MostNamesShown ? ", ..." : ".")}";
        return (problem, Spelling.Nearest(missing, names) is { } nearest ? $"Did you mean '{nearest}'? {written}" : written);
    }

    private static string Describe(WrittenKinds kinds)
    {
        List<string> words = [];
        Add(WrittenKinds.String, "a string");
        Add(WrittenKinds.Number, "a number");
        Add(WrittenKinds.Boolean, "true or false");
        bool isValue = words.Count > 0;
        if (!isValue)
        {
            words.Add("an object");
        }

        Add(WrittenKinds.Null, "null");
        return string.Join(" or ", words);

        void Add(WrittenKinds kind, string word)
        {
            if (kinds.HasFlag(kind))
            {
                words.Add(word);
            }
        }
    }

    private static string Remedy(WrittenKinds kinds)
    {
        if ((kinds & ~WrittenKinds.Null) == WrittenKinds.None)
        {
            string orNull = kinds.HasFlag(WrittenKinds.Null) ? ", or ask for null" : "";
            return $"Name one of the object's fields instead{orNull}.";
        }

        return kinds switch
        {
            _ when kinds.HasFlag(WrittenKinds.String) && kinds.HasFlag(WrittenKinds.Number) => "Write a string or a number.",
            _ when kinds.HasFlag(WrittenKinds.String) => """Write a string, as in ["a"] or [{"prefix":"a"}].""",
            _ when kinds.HasFlag(WrittenKinds.Number) => """Write a number, as in [5] or [{"numeric":[">",5]}].""",
            _ => "Write true or false.",
        };
    }

    private static EventPatternException Refuse(ReadOnlySpan<byte> text, string path, string problem, string remedy) =>
        new(new PatternFault(Offset(text, path), problem, remedy).Locate(text));

    /// <summary>The place of the first name that leads to a path, found by reading the pattern once more.</summary>
    private static int Offset(ReadOnlySpan<byte> text, string path)
    {
        Utf8JsonReader json = PatternReader.Tokens(text);
        Stack<string> around = new();
        string name = "";
        while (json.Read())
        {
            switch (json.TokenType)
            {
                case JsonTokenType.PropertyName:
                    string written = json.GetString()!;

                    // What stands in a '$or' stands for the object around it.
                    name = around.TryPeek(out string? outer) && outer.Length > 0
                        ? written == "$or" ? outer : $"{outer}.{written}"
                        : written == "$or" ? "" : written;
                    if (name == path || name.StartsWith($"{path}.", StringComparison.Ordinal))
                    {
                        return (int)json.TokenStartIndex;
                    }

                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    around.Push(name);
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    name = around.Pop();
                    break;
            }
        }

        return 0;
    }
}
