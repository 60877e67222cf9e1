using System.Text.Json.Nodes;
using EventBus.Patterns.Parsing;

namespace EventBus.Patterns.Tests.Parsing;

public sealed class PatternParserVectorTests
{
    // What the Strict profile refuses on purpose, beyond a number that no double reaches.
    private static readonly string[] LegacyGroups = ["or-legacy-field", "duplicate-keys-pattern"];

    [Theory]
    [InlineData(PatternProfile.Strict)]
    [InlineData(PatternProfile.EventBridge)]
    public void TryParse_VectorThatTheReferenceRefuses_IsRefusedUnderBothProfiles(PatternProfile profile)
    {
        IEnumerable<string> taken = Vector.All
            .Where(vector => vector.IsMatch is null && PatternParser.TryParse(vector.Pattern, profile, out _, out _))
            .Select(static vector => vector.Pattern);

        Assert.Empty(taken);
    }

    [Fact]
    public void TryParse_VectorWithVerdict_IsTakenByEventBridgeProfile()
    {
        IEnumerable<string> refused = Vector.All
            .Where(static vector => vector.IsMatch is not null)
            .Select(static vector => Refusal(vector, PatternProfile.EventBridge))
            .OfType<string>();

        Assert.Empty(refused);
    }

    [Fact]
    public void TryParse_VectorWithVerdict_IsTakenByStrictProfileUnlessOfLegacyGroup()
    {
        IEnumerable<string> refused = Vector.All
            .Where(static vector => vector.IsMatch is not null
                && !LegacyGroups.Contains(vector.Group)
                && !(vector.Group == "numeric-imprecise" && vector.Pattern.Contains("1e400", StringComparison.Ordinal)))
            .Select(static vector => Refusal(vector, PatternProfile.Strict))
            .OfType<string>();

        Assert.Empty(refused);
    }

    [Fact]
    public void TryParse_RuleOfASet_IsTakenByEventBridgeProfile()
    {
        IEnumerable<string> refused = Rules()
            .Where(static rule => !PatternParser.TryParse(rule.Pattern, PatternProfile.EventBridge, out _, out _))
            .Select(static rule => rule.Pattern);

        Assert.Empty(refused);
    }

    [Fact]
    public void TryParse_RuleOfASet_IsRefusedByStrictProfileOnlyWhereOrReplacesAField()
    {
        IEnumerable<string> refusedIn = Rules()
            .Where(static rule => !PatternParser.TryParse(rule.Pattern, PatternProfile.Strict, out _, out _))
            .Select(static rule => rule.Set)
            .Distinct();

        Assert.Equal(["dev-or-same-name"], refusedIn);
    }

    [Fact]
    public void TryParse_VectorOfLegacyGroup_IsRefusedByStrictProfile()
    {
        IEnumerable<string> taken = Vector.All
            .Where(static vector => LegacyGroups.Contains(vector.Group) && PatternParser.TryParse(vector.Pattern, PatternProfile.Strict, out _, out _))
            .Select(static vector => vector.Pattern);

        Assert.Empty(taken);
    }

    private static IEnumerable<(string Set, string Pattern)> Rules() =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Vectors", "rule-sets.jsonl"))
            .Select(static line => JsonNode.Parse(line)!)
            .Where(static line => (string)line["type"]! == "rule")
            .Select(static line => ((string)line["set"]!, (string)line["pattern"]!));

    private static string? Refusal(Vector vector, PatternProfile profile) =>
        PatternParser.TryParse(vector.Pattern, profile, out _, out EventPatternError? error) ? null : $"{vector.Id} {vector.Pattern}: {error}";
}
