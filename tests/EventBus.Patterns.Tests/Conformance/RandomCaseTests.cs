using System.Text;

namespace EventBus.Patterns.Tests.Conformance;

/// <summary>A million random pairs of a pattern and an event: the library says what the naive matcher says.</summary>
public sealed class RandomCaseTests
{
    private const int CasesInARow = 200;
    private const int Events = 10;
    private const int Patterns = 50;
    private const int Rows = 5;

    /// <summary>Profiles and first seeds: 2 × 5 rows of 200 cases, each of 10 events by 50 patterns.</summary>
    public static TheoryData<PatternProfile, int> Seeds
    {
        get
        {
            TheoryData<PatternProfile, int> rows = [];
            foreach (PatternProfile profile in Enum.GetValues<PatternProfile>())
            {
                for (int row = 0; row < Rows; row++)
                {
                    rows.Add(profile, row * CasesInARow);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void RandomPairs_MatchInAThirdToHalfOfAllCases(PatternProfile profile, int firstSeed)
    {
        int matches = 0;
        for (int seed = firstSeed; seed < firstSeed + CasesInARow; seed++)
        {
            RandomCase @case = new(seed, profile, Events, Patterns);
            NaivePattern[] patterns = [.. @case.Patterns.Select(pattern => NaivePattern.Parse(pattern, profile))];
            matches += @case.Events.Select(NaiveEvent.Parse).Sum(@event => patterns.Count(pattern => NaiveMatcher.IsMatch(pattern, @event)));
        }

        Assert.InRange(matches / (double)(CasesInARow * Events * Patterns), 0.33, 0.5);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void EventPattern_OnRandomEvents_AgreesWithTheNaiveMatcher(PatternProfile profile, int firstSeed)
    {
        Disagreements disagreements = new();

        for (int seed = firstSeed; seed < firstSeed + CasesInARow; seed++)
        {
            RandomCase @case = new(seed, profile, Events, Patterns);
            Rule[] rules = [.. @case.Patterns.Select(pattern => Rule.Parse(pattern, profile))];
            foreach (NaiveEvent @event in @case.Events.Select(NaiveEvent.Parse))
            {
                byte[] utf8Json = Encoding.UTF8.GetBytes(@event.Text);
                foreach (Rule rule in rules)
                {
                    disagreements.Compare(
                        NaiveMatcher.IsMatch(rule.Naive, @event), rule.Pattern.IsMatch(utf8Json), () => Describe(seed, rule, @event));
                }
            }
        }

        disagreements.AssertNone();
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void EventPatternSet_OnRandomEvents_AgreesWithTheNaiveMatcher(PatternProfile profile, int firstSeed)
    {
        // Fewer keys than patterns, so that some keys have two.
        const int Keys = 40;
        Disagreements disagreements = new();

        for (int seed = firstSeed; seed < firstSeed + CasesInARow; seed++)
        {
            RandomCase @case = new(seed, profile, Events, Patterns);
            Rule[] rules = [.. @case.Patterns.Select(pattern => Rule.Parse(pattern, profile))];
            EventPatternSet<int> set = new();
            for (int i = 0; i < rules.Length; i++)
            {
                set.Add(i % Keys, rules[i].Pattern);
            }

            foreach (NaiveEvent @event in @case.Events.Select(NaiveEvent.Parse))
            {
                IEnumerable<int> matching = Enumerable.Range(0, Patterns).Where(i => NaiveMatcher.IsMatch(rules[i].Naive, @event));
                HashSet<int> expected = [.. matching.Select(static i => i % Keys)];
                List<int> matches = [];
                set.Match(Encoding.UTF8.GetBytes(@event.Text), matches);
                disagreements.Compare(expected, matches, key => Describe(seed, rules.Where((_, i) => i % Keys == key), @event));
            }
        }

        disagreements.AssertNone();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void EventPatternSet_WhileRulesComeAndGo_AgreesWithTheNaiveMatcher(int seed)
    {
        const int Live = 2_000;
        const int Operations = 20_000;
        const int OperationsForAMatch = 20;
        Random random = new(seed);
        RandomCase[] strict = Cases(seed, PatternProfile.Strict);
        RandomCase[] lenient = Cases(seed, PatternProfile.EventBridge);
        Rule[] rules = [.. Rules(strict, PatternProfile.Strict), .. Rules(lenient, PatternProfile.EventBridge)];
        NaiveEvent[] events = [.. strict.Concat(lenient).SelectMany(static @case => @case.Events).Select(NaiveEvent.Parse)];
        EventPatternSet<int> set = new();
        List<(int Key, Rule Rule)> live = [];
        Disagreements disagreements = new();

        for (int i = 0; i < Live + Operations; i++)
        {
            int key = random.Next(Live);
            if (live.Count < Live || random.Next(2) == 0)
            {
                Rule rule = rules[random.Next(rules.Length)];
                set.Add(key, rule.Pattern);
                live.Add((key, rule));
            }
            else
            {
                Assert.Equal(live.RemoveAll(entry => entry.Key == key) > 0, set.Remove(key));
            }

            if (i % OperationsForAMatch == 0)
            {
                NaiveEvent @event = events[random.Next(events.Length)];
                HashSet<int> expected = [.. live.Where(entry => NaiveMatcher.IsMatch(entry.Rule.Naive, @event)).Select(static entry => entry.Key)];
                List<int> matches = [];
                set.Match(@event.Text, matches);
                disagreements.Compare(expected, matches, key => $"operation {i}, {Describe(seed, RulesOf(key), @event)}");
            }
        }

        disagreements.AssertNone();
        return;

        IEnumerable<Rule> RulesOf(int key) => live.Where(entry => entry.Key == key).Select(static entry => entry.Rule);
    }

    private static RandomCase[] Cases(int seed, PatternProfile profile) =>
        [.. Enumerable.Range(seed * 1_000, 60).Select(each => new RandomCase(each, profile, Events, Patterns))];

    private static IEnumerable<Rule> Rules(RandomCase[] cases, PatternProfile profile) =>
        cases.SelectMany(static @case => @case.Patterns).Select(pattern => Rule.Parse(pattern, profile));

    private static string Describe(int seed, Rule rule, NaiveEvent @event) => Describe(seed, [rule], @event);

    private static string Describe(int seed, IEnumerable<Rule> rules, NaiveEvent @event) =>
        $"seed {seed}, {string.Join(" or ", rules.Select(static rule => $"{rule.Naive.Profile} {rule.Naive.Text}"))} against {@event.Text}";

    private sealed record Rule(NaivePattern Naive, EventPattern Pattern)
    {
        public static Rule Parse(string text, PatternProfile profile) => new(
            NaivePattern.Parse(text, profile),
            EventPattern.TryParse(text, profile, out EventPattern? pattern, out EventPatternError? error)
                ? pattern
                : throw new ArgumentException($"{profile} refuses {text}: {error}", nameof(text)));
    }
}
