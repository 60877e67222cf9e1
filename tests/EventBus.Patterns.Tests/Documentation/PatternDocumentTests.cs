using System.Globalization;
using System.Text;
using System.Text.Json;
using EventBus.Patterns.Parsing;

namespace EventBus.Patterns.Tests.Documentation;

/// <summary>Holds docs/patterns.md and the package's page to what the engine does.</summary>
public sealed class PatternDocumentTests
{
    private const string PackagePage = "src/EventBus.Patterns/README.md";

    // All of the page's patterns in one set, so that each is found, or not, in the company of the others.
    private static readonly Dictionary<PatternProfile, EventPatternSet<string>> Sets = Enum.GetValues<PatternProfile>().ToDictionary(
        static profile => profile,
        static profile =>
        {
            EventPatternSet<string> set = new();
            foreach (string text in PatternPage.Examples.Select(static example => example.Pattern).Distinct())
            {
                if (EventPattern.TryParse(text, profile, out EventPattern? pattern, out _))
                {
                    set.Add(text, pattern);
                }
            }

            return set;
        });

    public static TheoryData<int> Verdicts() =>
        [.. PatternPage.Examples.Where(static example => example.Verdict is "match" or "no match").Select(static example => example.Line)];

    public static TheoryData<int> Faults() =>
        [.. PatternPage.Examples.Where(static example => example.Verdict == "fault").Select(static example => example.Line)];

    public static TheoryData<int> Refusals() =>
        [.. PatternPage.Examples.Where(static example => example.Verdict == "refused").Select(static example => example.Line)];

    public static TheoryData<string, int> Programs()
    {
        TheoryData<string, int> programs = [];
        foreach (string page in (string[])[PatternPage.Path, PackagePage])
        {
            foreach ((int line, _) in PatternPage.Blocks(page, "csharp"))
            {
                programs.Add(page, line);
            }
        }

        return programs;
    }

    public static TheoryData<string> OperatorNames() => [.. Operators.All, "$or"];

    [Theory]
    [MemberData(nameof(Verdicts))]
    public void Verdict_OfAnExample_IsThatOfThePatternOfItsExplanationAndOfASet(int line)
    {
        PatternExample example = At(line);
        bool expected = example.Verdict == "match";
        byte[] json = Encoding.UTF8.GetBytes(example.Text);
        foreach (PatternProfile profile in example.Profiles)
        {
            var pattern = EventPattern.Parse(example.Pattern, profile);
            List<string> found = [];
            Sets[profile].Match(json, found);

            Assert.Equal((profile, expected), (profile, pattern.IsMatch(json)));
            Assert.Equal((profile, expected), (profile, pattern.Explain(json).IsMatch));
            Assert.Equal((profile, expected), (profile, found.Contains(example.Pattern)));
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void Event_OfAnExampleOfAFault_IsRefused(int line)
    {
        PatternExample example = At(line);
        foreach (PatternProfile profile in example.Profiles)
        {
            var pattern = EventPattern.Parse(example.Pattern, profile);

            Assert.Throws<JsonException>(() => pattern.IsMatch(example.Text));
            Assert.Throws<JsonException>(() => Sets[profile].Match(example.Text, []));
        }
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Pattern_OfAnExampleOfARefusal_IsRefusedInTheWordsOfTheDocument(int line)
    {
        PatternExample example = At(line);
        foreach (PatternProfile profile in example.Profiles)
        {
            bool isPattern = EventPattern.TryParse(example.Pattern, profile, out _, out EventPatternError? error);

            Assert.Equal((profile, false), (profile, isPattern));
            Assert.Equal((profile, example.Text), (profile, error!.Problem));
        }
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void Program_AsPrinted_CompilesAndPrintsWhatItsCommentsSay(string page, int line)
    {
        string[] code = PatternPage.Blocks(page, "csharp").Single(block => block.Line == line).Text;
        string?[] promised = ProgramBlock.Promised(code);

        string[] printed = ProgramBlock.Run(code, $"{page}({line})");

        Assert.Equal(promised.Length, printed.Length);
        Assert.Equal(promised, promised.Zip(printed, static (said, seen) => said is null ? null : seen));
    }

    [Theory]
    [MemberData(nameof(OperatorNames))]
    public void Operator_ThatTheParserKnows_HasASectionWithAMatchAndNone(string name)
    {
        var examples = PatternPage.Examples
            .Where(example => example.Section.Contains($"`{name}`", StringComparison.Ordinal)
                && example.Pattern.Contains($"\"{name}\"", StringComparison.Ordinal));

        Assert.Superset(new HashSet<string> { "match", "no match", "refused" }, examples.Select(static example => example.Verdict).ToHashSet());
    }

    [Fact]
    public void Sections_OfTheDocument_NameNoOperatorThatThereIsNot()
    {
        string[] known = [.. Operators.All, "$or"];

        var named = PatternPage.Lines(PatternPage.Path)
            .SkipWhile(static line => line != "## Operators")
            .Skip(1)
            .TakeWhile(static line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(static line => line.StartsWith('#'))
            .SelectMany(static line => line.Split('`').Where(static (_, i) => i % 2 == 1))
            .Where(static name => name is not ("true" or "false" or "null"));

        Assert.Superset(named.ToHashSet(), known.ToHashSet());
    }

    [Fact]
    public void Limits_OfTheDocument_AreThoseOfTheSource()
    {
        Dictionary<string, int> source = new()
        {
            ["Fields"] = BranchList.MostFields,
            ["Combinations"] = BranchList.MostBranches,
            ["Depth"] = PatternReader.DeepestNesting,
            ["Arrays in arrays"] = 256,
            ["Wildcards"] = new EventPatternSetOptions().MaxWildcardComplexity,
        };

        var documented = PatternPage.Rows("Limit").ToDictionary(
            static row => row[0],
            static row => int.Parse(row[1], NumberStyles.AllowThousands, CultureInfo.InvariantCulture));

        Assert.Equal(source, documented);
    }

    [Fact]
    public void Limits_OfTheDocument_AreReachedAndNotCrossed()
    {
        Assert.True(IsPattern(Fields(256)));
        Assert.False(IsPattern(Fields(257)));
        Assert.True(IsPattern(Alternatives(20, 50)));
        Assert.False(IsPattern(Alternatives(20, 51)));
        Assert.True(IsPattern(Nested(256)));
        Assert.False(IsPattern(Nested(257)));
        var named = EventPattern.Parse("""{"a":[1]}""");
        Assert.True(named.IsMatch($$"""{"a":{{new string('[', 256)}}1{{new string(']', 256)}}}"""));
        Assert.Throws<JsonException>(() => named.IsMatch($$"""{"a":{{new string('[', 257)}}1{{new string(']', 257)}}}"""));

        static bool IsPattern(string text) => EventPattern.TryParse(text, out _, out _);

        static string Fields(int count) => $"{{{string.Join(',', Enumerable.Range(0, count).Select(static i => $"\"f{i}\":[1]"))}}}";

        static string Alternatives(int first, int second) => $$"""{"x":{{Or("a", first)}},"y":{{Or("b", second)}}}""";

        static string Or(string name, int count) =>
            $$"""{"$or":[{{string.Join(',', Enumerable.Range(0, count).Select(i => $$"""{"{{name}}":[{{i}}]}"""))}}]}""";

        static string Nested(int depth) =>
            string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "[1]" + new string('}', depth);
    }

    private static PatternExample At(int line) => Assert.Single(PatternPage.Examples, example => example.Line == line);
}
