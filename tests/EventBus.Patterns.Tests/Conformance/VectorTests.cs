using System.Text;
using System.Text.Json;

namespace EventBus.Patterns.Tests.Conformance;

/// <summary>The verdicts of the reference engine, of the naive matcher that the random cases rely on, and of the library.</summary>
public sealed class VectorTests
{
    public static TheoryData<string, PatternProfile> ValidGroups => InBothProfiles(Vector.ValidGroups);

    public static TheoryData<string, PatternProfile> InvalidGroups => InBothProfiles(Vector.InvalidGroups);

    public static TheoryData<string> RuleSets => [.. RuleSet.Names];

    [Theory]
    [MemberData(nameof(ValidGroups))]
    public void NaiveMatcher_OnGroup_AgreesWithTheReference(string group, PatternProfile profile)
    {
        Disagreements disagreements = new();

        foreach (Vector vector in Vector.OfGroup(group))
        {
            disagreements.Compare(vector.Match, () => NaiveMatcher.IsMatch(vector.Pattern, vector.Event!, profile), vector.ToString);
        }

        disagreements.AssertNone();
    }

    [Theory]
    [MemberData(nameof(RuleSets))]
    public void NaiveMatcher_OnRuleSet_AgreesWithTheReference(string name)
    {
        var ruleSet = RuleSet.Of(name);
        (string Name, NaivePattern Pattern)[] rules = NaiveRules(ruleSet, PatternProfile.EventBridge);
        Disagreements disagreements = new();

        foreach (RuleSet.Occurrence occurrence in ruleSet.Events)
        {
            disagreements.Compare(
                occurrence.Matches, NaiveMatches(rules, NaiveEvent.Parse(occurrence.Event)), rule => Describe(ruleSet, occurrence, rule));
        }

        disagreements.AssertNone();
    }

    [Theory]
    [MemberData(nameof(ValidGroups))]
    public void EventPattern_OnGroup_AgreesWithTheReference(string group, PatternProfile profile)
    {
        Disagreements disagreements = new();

        foreach (Vector vector in Vector.OfGroup(group))
        {
            byte[] utf8Json = Encoding.UTF8.GetBytes(vector.Event!);
            using var document = JsonDocument.Parse(vector.Event!, new JsonDocumentOptions { MaxDepth = 1_000 });
            Lazy<EventPattern> pattern = new(() => EventPattern.Parse(vector.Pattern, profile));
            disagreements.Compare(vector.Match, () => pattern.Value.IsMatch(vector.Event!), () => $"as string, {vector}");
            disagreements.Compare(vector.Match, () => pattern.Value.IsMatch(utf8Json), () => $"as UTF-8, {vector}");
            disagreements.Compare(vector.Match, () => pattern.Value.IsMatch(document.RootElement), () => $"as JsonElement, {vector}");
        }

        disagreements.AssertNone();
    }

    [Theory]
    [MemberData(nameof(ValidGroups))]
    public void EventPatternSet_OfGroup_AgreesWithTheReferenceAndTheNaiveMatcher(string group, PatternProfile profile)
    {
        Vector[] vectors = Vector.OfGroup(group);
        var naive = vectors.ToDictionary(static vector => vector.Id, vector => NaivePattern.Parse(vector.Pattern, profile));
        EventPatternSet<string> set = SetOf(vectors.Select(static vector => (vector.Id, vector.Pattern)), profile);
        Disagreements disagreements = new();

        foreach (Vector vector in vectors)
        {
            var @event = NaiveEvent.Parse(vector.Event!);
            string[] expected = [.. vectors.Select(static other => other.Id).Where(id => NaiveMatcher.IsMatch(naive[id], @event))];
            List<string> matches = [];
            set.Match(vector.Event!, matches);
            disagreements.Compare(vector.Match, matches.Contains(vector.Id), vector.ToString);
            disagreements.Compare(expected, matches, id => $"{naive[id].Text} against {vector.Event}");
        }

        disagreements.AssertNone();
    }

    [Theory]
    [MemberData(nameof(RuleSets))]
    public void EventPatternSet_OfRuleSet_AgreesWithTheReference(string name)
    {
        var ruleSet = RuleSet.Of(name);
        EventPatternSet<string> set = SetOf(ruleSet.Rules.Select(static rule => (rule.Name, rule.Pattern)), PatternProfile.EventBridge);
        Disagreements disagreements = new();

        foreach (RuleSet.Occurrence occurrence in ruleSet.Events)
        {
            using var document = JsonDocument.Parse(occurrence.Event);
            List<string> fromText = [];
            List<string> fromBytes = [];
            List<string> fromElement = [];
            Assert.Equal(occurrence.Matches.Count, set.Match(occurrence.Event, fromText));
            set.Match(Encoding.UTF8.GetBytes(occurrence.Event), fromBytes);
            set.Match(document.RootElement, fromElement);
            disagreements.Compare(occurrence.Matches, fromText, rule => $"as string, {Describe(ruleSet, occurrence, rule)}");
            disagreements.Compare(occurrence.Matches, fromBytes, rule => $"as UTF-8, {Describe(ruleSet, occurrence, rule)}");
            disagreements.Compare(occurrence.Matches, fromElement, rule => $"as JsonElement, {Describe(ruleSet, occurrence, rule)}");
        }

        disagreements.AssertNone();
    }

    // The rule sets hold numbers and absences that the reference judges in its own way, so Strict has only the naive matcher.
    [Theory]
    [MemberData(nameof(RuleSets))]
    public void EventPatternSet_OfStrictRuleSet_AgreesWithTheNaiveMatcher(string name)
    {
        RuleSet ruleSet = RuleSet.Of(name).WithoutPatternsRefusedByStrict();
        (string Name, NaivePattern Pattern)[] rules = NaiveRules(ruleSet, PatternProfile.Strict);
        EventPatternSet<string> set = SetOf(ruleSet.Rules.Select(static rule => (rule.Name, rule.Pattern)), PatternProfile.Strict);
        Disagreements disagreements = new();

        foreach (RuleSet.Occurrence occurrence in ruleSet.Events)
        {
            List<string> matches = [];
            set.Match(occurrence.Event, matches);
            disagreements.Compare(
                NaiveMatches(rules, NaiveEvent.Parse(occurrence.Event)), matches, rule => Describe(ruleSet, occurrence, rule));
        }

        disagreements.AssertNone();
    }

    [Theory]
    [MemberData(nameof(InvalidGroups))]
    public void Parse_OfInvalidGroup_IsRefused(string group, PatternProfile profile)
    {
        Disagreements disagreements = new();

        foreach (Vector vector in Vector.OfGroup(group))
        {
            disagreements.Compare(true, () => IsRefused(vector.Pattern, profile), vector.ToString);
        }

        disagreements.AssertNone();
    }

    private static bool IsRefused(string pattern, PatternProfile profile)
    {
        try
        {
            _ = EventPattern.Parse(pattern, profile);
            return false;
        }
        catch (EventPatternException)
        {
            return true;
        }
    }

    private static (string Name, NaivePattern Pattern)[] NaiveRules(RuleSet ruleSet, PatternProfile profile) =>
        [.. ruleSet.Rules.Select(rule => (rule.Name, NaivePattern.Parse(rule.Pattern, profile)))];

    private static HashSet<string> NaiveMatches((string Name, NaivePattern Pattern)[] rules, NaiveEvent @event) =>
        [.. rules.Where(rule => NaiveMatcher.IsMatch(rule.Pattern, @event)).Select(static rule => rule.Name)];

    private static EventPatternSet<string> SetOf(IEnumerable<(string Name, string Pattern)> rules, PatternProfile profile)
    {
        EventPatternSet<string> set = new();
        foreach ((string name, string pattern) in rules)
        {
            set.Add(name, EventPattern.Parse(pattern, profile));
        }

        return set;
    }

    private static string Describe(RuleSet ruleSet, RuleSet.Occurrence occurrence, string name)
    {
        IEnumerable<string> patterns = ruleSet.Rules.Where(rule => rule.Name == name).Select(static rule => rule.Pattern);
        return $"{string.Join(" or ", patterns)} against {occurrence.Id}: {occurrence.Event}";
    }

    private static TheoryData<string, PatternProfile> InBothProfiles(IEnumerable<string> names)
    {
        TheoryData<string, PatternProfile> rows = [];
        foreach (string name in names)
        {
            rows.Add(name, PatternProfile.EventBridge);
            if (!Vector.IsQuirk(name))
            {
                rows.Add(name, PatternProfile.Strict);
            }
        }

        return rows;
    }
}
