using System.Text.Json;

namespace EventBus.Patterns.Tests.Conformance;

/// <summary>A pattern, an event and the reference engine's verdict; the event is missing where the pattern is invalid.</summary>
internal sealed record Vector(string Id, string Group, string Pattern, string? Event, bool Match, bool Invalid)
{
    /// <summary>Groups whose verdicts hold in <see cref="PatternProfile.EventBridge"/> alone.</summary>
    private static readonly HashSet<string> Quirks =
        ["numeric-imprecise", "array-absent", "keys-dotted", "or-legacy-field", "ip-exact", "duplicate-keys-pattern"];

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public static IReadOnlyList<Vector> All { get; } = [.. Lines("vectors.jsonl").Select(Read<Vector>)];

    public static IEnumerable<string> ValidGroups { get; } = Groups(isInvalid: false);

    public static IEnumerable<string> InvalidGroups { get; } = Groups(isInvalid: true);

    public static bool IsQuirk(string group) => Quirks.Contains(group);

    public static Vector[] OfGroup(string group) => [.. All.Where(vector => vector.Group == group)];

    public static IEnumerable<string> Lines(string file) => File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Vectors", file));

    public static T Read<T>(string line) => JsonSerializer.Deserialize<T>(line, Options)!;

    public override string ToString() => $"{Id}: {Pattern} against {Event}";

    private static string[] Groups(bool isInvalid) =>
        [.. All.Where(vector => vector.Invalid == isInvalid).Select(static vector => vector.Group).Distinct()];
}

/// <summary>Many rules, several of which may share a name, and for each event the names that match.</summary>
internal sealed record RuleSet(IReadOnlyList<RuleSet.Rule> Rules, IReadOnlyList<RuleSet.Occurrence> Events)
{
    private static readonly Line[] Lines = [.. Vector.Lines("rule-sets.jsonl").Select(Vector.Read<Line>)];

    public static IEnumerable<string> Names { get; } = [.. Lines.Select(static line => line.Set).Distinct()];

    public static RuleSet Of(string name)
    {
        ILookup<string, Line> lines = Lines.Where(line => line.Set == name).ToLookup(static line => line.Type);
        return new RuleSet(
            [.. lines["rule"].Select(static line => new Rule(line.Name!, line.Pattern!))],
            [.. lines["event"].Select(static line => new Occurrence(line.Id!, line.Event!, line.Matches!))]);
    }

    /// <summary>Some of the rules give a path inside of <c>$or</c> and outside: the reference keeps the last, Strict refuses them.</summary>
    public RuleSet WithoutPatternsRefusedByStrict()
    {
        Rule[] accepted = [.. Rules.Where(static rule => EventPattern.TryParse(rule.Pattern, out _, out _))];
        Assert.InRange(Rules.Count - accepted.Length, 0, 41);
        return this with { Rules = accepted };
    }

    internal sealed record Rule(string Name, string Pattern);

    internal sealed record Occurrence(string Id, string Event, IReadOnlyList<string> Matches);

    private sealed record Line(
        string Type, string Set, string? Name, string? Pattern, string? Id, string? Event, IReadOnlyList<string>? Matches);
}
