using System.Globalization;
using System.Text;
using EventBus.Patterns.Conditions;
using EventBus.Patterns.Events;
using EventBus.Patterns.Fields;
using EventBus.Patterns.Matching;
using EventBus.Patterns.Parsing;

namespace EventBus.Patterns.Explaining;

/// <summary>Tells why a reading satisfies a pattern or does not.</summary>
internal static class Explainer
{
    private const int MostValues = 5;

    private const int LongestValue = 80;

    public static PatternExplanation Explain(PatternMatcher matcher, ReadOnlySpan<byte> json)
    {
        FieldTree tree = matcher.Tree;
        var reading = EventReading.Rent(tree.FieldCount);
        try
        {
            JsonEventReader.Read(json, tree.Root, tree.FieldCount, reading);
            return Explain(matcher, reading, json);
        }
        finally
        {
            reading.Return();
        }
    }

    public static PatternExplanation Explain(PatternMatcher matcher, EventReading reading, ReadOnlySpan<byte> json)
    {
        List<PatternExplanation> branches = [];
        foreach (BoundBranch branch in matcher.Branches)
        {
            branches.Add(Explain(branch, reading, json));
        }

        if (branches.Count == 1)
        {
            return branches[0];
        }

        string condition = $$"""{"$or":[{{string.Join(",", branches.Select(static branch => branch.Condition))}}]}""";
        return new PatternExplanation(branches.Exists(static branch => branch.IsMatch), null, condition, null, null, branches);
    }

    private static PatternExplanation Explain(BoundBranch branch, EventReading reading, ReadOnlySpan<byte> json)
    {
        bool isMatch = BranchTest.IsSatisfied(branch, reading, json, BranchTest.NoneProven);
        List<PatternExplanation> fields = [];
        for (int i = 0; i < branch.Fields.Length; i++)
        {
            fields.Add(Explain(branch.Fields[i].Condition, reading.FirstOf(branch.Fields[i].Node.Field), isMatch, reading, json));
        }

        string? note = !isMatch && fields.TrueForAll(static field => field.IsMatch)
            ? "each field alone would do, but one array would have to serve with several of its elements"
            : null;
        string condition = $"{{{string.Join(",", branch.Fields.Select(static field => $"{Written.String(field.Condition.Path.Name)}:{field.Condition}"))}}}";
        return new PatternExplanation(isMatch, null, condition, null, note, fields);
    }

    private static PatternExplanation Explain(FieldCondition field, int value, bool isBranchMatch, EventReading reading, ReadOnlySpan<byte> json)
    {
        bool isMatch = value == 0 ? field.AcceptsAbsence : AnyMatches(field.Test, value, reading, json);
        string? note = isBranchMatch && !isMatch ? "not in the element that serves the other fields" : null;
        return new PatternExplanation(isMatch || isBranchMatch, field.Path.Name, field.ToString(), Seen(value, reading, json), note, []);
    }

    private static bool AnyMatches(Condition? test, int value, EventReading reading, ReadOnlySpan<byte> json)
    {
        for (; test is not null && value != 0; value = reading.Entry(value).Next)
        {
            if (test.Matches(reading.Value(value, json)))
            {
                return true;
            }
        }

        return false;
    }

    private static string Seen(int value, EventReading reading, ReadOnlySpan<byte> json)
    {
        if (value == 0)
        {
            return "nothing";
        }

        List<string> values = [];
        for (; value != 0; value = reading.Entry(value).Next)
        {
            values.Add(Seen(reading.Value(value, json)));
        }

        // They are chained from the last to the first.
        values.Reverse();
        string shown = string.Join(", ", values.Take(MostValues));
        return values.Count > MostValues ? string.Create(CultureInfo.InvariantCulture, $"{shown} and {values.Count - MostValues} more") : shown;
    }

    private static string Seen(in FieldValue value)
    {
        string text = value.Kind switch
        {
            ValueKind.String => Written.String(value.Text),
            ValueKind.Number when value.Text.IsEmpty => value.Number.ToString("R", CultureInfo.InvariantCulture),
            ValueKind.Number => Encoding.UTF8.GetString(value.Text),
            ValueKind.True => "true",
            ValueKind.False => "false",
            _ => "null",
        };
        return text.Length <= LongestValue ? text : $"{text.AsSpan(0, LongestValue)}…";
    }
}
