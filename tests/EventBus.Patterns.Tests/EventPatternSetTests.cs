using System.Text;

namespace EventBus.Patterns.Tests;

public sealed class EventPatternSetTests
{
    private static readonly EventPattern Nordic = EventPattern.Parse("""{"country":["NO","SE"]}""");
    private static readonly EventPattern Large = EventPattern.Parse("""{"total":[{"numeric":[">=",100]}]}""");

    [Fact]
    public void Match_SeveralKeys_ReportsThoseThatMatch()
    {
        EventPatternSet<string> set = new();
        set.Add("nordic", Nordic);
        set.Add("large", Large);
        set.Add("never", EventPattern.Parse("""{"country":["XX"]}"""));

        Assert.Equal(["large", "nordic"], Matches(set, """{"country":"SE","total":100}"""));
    }

    [Fact]
    public void Match_KeyWithSeveralPatterns_ReportsItOnce()
    {
        EventPatternSet<string> set = new();
        set.Add("either", Nordic);
        set.Add("either", Large);
        set.Add("either", Nordic);

        Assert.Equal(["either"], Matches(set, """{"country":"NO","total":250}"""));
        Assert.Equal(["either"], Matches(set, """{"country":"NL","total":250}"""));
        Assert.Equal(1, set.Count);
    }

    [Theory]
    [InlineData("""{"tag":[{"prefix":"a"},{"prefix":"ab"},{"suffix":"c"},"abc",{"wildcard":"*b*"}]}""", """{"tag":"abc"}""")]
    [InlineData("""{"tag":["x","y"]}""", """{"tag":["x","y","x","z"]}""")]
    [InlineData("""{"tag":[{"wildcard":"*ab*"}]}""", """{"tag":"ab ab ab"}""")]
    [InlineData("""{"$or":[{"tag":["x"]},{"tag":["x"],"n":[1]}]}""", """{"tag":"x","n":1}""")]
    public void Match_PatternThatIsFoundInSeveralWays_ReportsItsKeyOnce(string pattern, string json)
    {
        EventPatternSet<string> set = new();
        set.Add("key", EventPattern.Parse(pattern));

        Assert.Equal(["key"], Matches(set, json));
    }

    [Fact]
    public void Remove_Key_TakesAllItsPatterns()
    {
        EventPatternSet<string> set = new();
        set.Add("gone", Nordic);
        set.Add("gone", Large);
        set.Add("stays", Nordic);

        bool removed = set.Remove("gone");

        Assert.True(removed);
        Assert.False(set.Remove("gone"));
        Assert.Equal(["stays"], Matches(set, """{"country":"NO","total":250}"""));
    }

    [Fact]
    public void Add_AfterRemove_IsSeenAgain()
    {
        EventPatternSet<string> set = new();
        for (int i = 0; i < 1_000; i++)
        {
            set.Add("key", Nordic);
            Assert.Equal(["key"], Matches(set, """{"country":"NO"}"""));
            set.Remove("key");
            Assert.Empty(Matches(set, """{"country":"NO"}"""));
        }
    }

    [Fact]
    public void Match_RuleOfAbsenceAlone_IsFoundInAnEventWithoutTheField()
    {
        EventPatternSet<string> set = new();
        set.Add("absent", EventPattern.Parse("""{"coupon":[{"exists":false}]}"""));

        Assert.Equal(["absent"], Matches(set, "{}"));
        Assert.Empty(Matches(set, """{"coupon":null}"""));
    }

    [Fact]
    public void Constructor_WithComparer_TellsKeysApartByIt()
    {
        EventPatternSet<string> set = new(new EventPatternSetOptions(), StringComparer.OrdinalIgnoreCase);
        set.Add("Key", Nordic);
        set.Add("KEY", Large);

        Assert.Equal(1, set.Count);
        Assert.True(set.Remove("key"));
    }

    [Fact]
    public void Add_WildcardsBeyondTheCap_NamesTheKeyAndLeavesTheSetAsItWas()
    {
        EventPatternSet<string> set = new(new EventPatternSetOptions { MaxWildcardComplexity = 3 });
        for (int i = 0; i < 3; i++)
        {
            set.Add($"rule-{i}", EventPattern.Parse("""{"path":[{"wildcard":"*a*"}]}"""));
        }

        var refusal = Assert.Throws<InvalidOperationException>(
            () => set.Add("rule-3", EventPattern.Parse("""{"path":[{"wildcard":"*a*"},"hot"]}""")));

        Assert.Contains("'rule-3'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("4 wildcards", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("MaxWildcardComplexity", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(3, set.Count);
        Assert.Empty(Matches(set, """{"path":"hot"}"""));
        Assert.Equal(["rule-0", "rule-1", "rule-2"], Matches(set, """{"path":"cat"}"""));
    }

    [Fact]
    public void Add_WildcardsBesideRemovedAndRefusedOnes_CountsThoseInForceAlone()
    {
        EventPatternSet<string> set = new(new EventPatternSetOptions { MaxWildcardComplexity = 1 });
        var abc = EventPattern.Parse("""{"f":[{"wildcard":"*abc*"}]}""");
        for (int i = 0; i < 100; i++)
        {
            set.Add("comes and goes", abc);
            Assert.True(set.Remove("comes and goes"));
        }

        set.Add("abc", abc);
        Assert.Throws<InvalidOperationException>(() => set.Add("both", EventPattern.Parse("""{"f":[{"wildcard":"*xyz*"},{"wildcard":"*abc*"}]}""")));
        set.Add("xyz", EventPattern.Parse("""{"f":[{"wildcard":"*xyz*"}]}"""));

        Assert.Equal(["abc"], Matches(set, """{"f":"-abc-"}"""));
        Assert.Equal(["xyz"], Matches(set, """{"f":"-xyz-"}"""));
    }

    // Each of these is found by the absence of a field as well as by its values.
    [Theory]
    [InlineData("""{"f":[{"exists":false},"x"],"g":[{"exists":false},"y"]}""", "{}", true)]
    [InlineData("""{"f":[{"exists":false},"x"],"g":[{"exists":false},"y"]}""", """{"f":"x"}""", true)]
    [InlineData("""{"f":[{"exists":false},"x"],"g":[{"exists":false},"y"]}""", """{"g":"y"}""", true)]
    [InlineData("""{"f":[{"exists":false},"x"],"g":[{"exists":false},"y"]}""", """{"g":"n"}""", false)]
    [InlineData("""{"f":[{"exists":false},"x"],"g":[{"exists":false},"y"]}""", """{"f":"n","g":"y"}""", false)]
    [InlineData("""{"a":{"f":[{"exists":false},"x"],"g":[{"exists":false},"y"]}}""", """{"a":[{"f":"n"},{"g":"y"}]}""", true)]
    [InlineData("""{"a":{"f":[{"exists":false}],"g":[{"exists":false},"y"]}}""", """{"a":[{"f":"n"},{"g":"y"}]}""", true)]
    [InlineData("""{"a":{"f":[{"exists":false}],"g":[{"exists":false}]}}""", """{"a":[{"f":"n"},{}]}""", false)]
    public void Match_FieldsThatMayAllBeAbsent_AgreesWithThePatternAlone(string text, string json, bool isMatch)
    {
        var pattern = EventPattern.Parse(text);
        EventPatternSet<string> set = new();
        set.Add("other", EventPattern.Parse("""{"a":{"z":[1]},"q":[{"exists":false}]}"""));
        set.Add("key", pattern);

        Assert.Equal(isMatch, pattern.IsMatch(json));
        Assert.Equal(isMatch, Matches(set, json).Contains("key"));
    }

    [Fact]
    public void Add_ManyWildcardsThatDiffer_StaysBelowTheCap()
    {
        EventPatternSet<int> set = new(new EventPatternSetOptions { MaxWildcardComplexity = 16 });

        for (int i = 0; i < 5_000; i++)
        {
            set.Add(i, EventPattern.Parse($$"""{"path":[{"wildcard":"*{{i:x4}}*"}]}"""));
        }

        Assert.Equal(5_000, set.Count);
    }

    [Fact]
    public void Options_ComplexityBelowOne_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new EventPatternSet<int>(new EventPatternSetOptions { MaxWildcardComplexity = 0 }));

    [Fact]
    public void Members_GivenNull_RefuseIt()
    {
        EventPatternSet<string> set = new();

        Assert.Throws<ArgumentNullException>(() => set.Add(null!, Nordic));
        Assert.Throws<ArgumentNullException>(() => set.Add("key", null!));
        Assert.Throws<ArgumentNullException>(() => set.Remove(null!));
        Assert.Throws<ArgumentNullException>(() => set.Match("{}", null!));
        Assert.Throws<ArgumentNullException>("json", () => set.Match((string)null!, []));
        Assert.Throws<ArgumentNullException>(() => new EventPatternSet<string>(null!));
    }

    [Fact]
    public void Match_OfManyRules_AllocatesNothing()
    {
        EventPatternSet<int> set = new();
        for (int i = 0; i < 1_000; i++)
        {
            set.Add(i, EventPattern.Parse($$$"""{"a":["v{{{i}}}",{"prefix":"p{{{i}}}"}],"b":{"c":[{"numeric":[">",{{{i}}}]},{"exists":false}]}}"""));
            set.Add(i, EventPattern.Parse($$$"""{"ip":[{"cidr":"10.{{{i % 250}}}.0.0/16"},{"cidr":"2001:db8:{{{i}}}::/48"}]}"""));
            set.Add(i, EventPattern.Parse($$$"""{"a":[{"equals-ignore-case":"É{{{i}}}"},{"wildcard":"*w{{{i}}}*"}]}"""));
        }

        byte[][] events =
        [
            "{\"a\":\"v7\",\"b\":{\"c\":12.25}}"u8.ToArray(),
            "{\"a\":[\"v7\",\"p9\",\"é12\",\"xw77x\"],\"b\":[{\"c\":1},{\"c\":999999999999999999}]}"u8.ToArray(),
            "{\"a\":\"\\u0076\\n8\",\"ip\":\"2001:db8:7::1\"}"u8.ToArray(),
            "{\"ip\":\"10.1.2.3\",\"skipped\":{\"deep\":[1,2,{\"x\":\"}\"}]}}"u8.ToArray(),
        ];
        List<int> results = new(2_000);
        Run();

        long before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);

        void Run()
        {
            for (int i = 0; i < 50; i++)
            {
                foreach (byte[] each in events)
                {
                    results.Clear();
                    set.Match(each, results);
                }
            }
        }
    }

    // What else the set asks for decides how much of the event is read, and must not decide which of the two counts.
    [Theory]
    [InlineData("""{"a":{"b":1},"a":{"b":2,"c":3}}""")]
    [InlineData("""{"a":{},"a":{"b":2},"d":1}""")]
    [InlineData("""{"d":0,"a":5,"d":1,"a":{"b":2}}""")]
    [InlineData("""{"a":{"b":2},"a.b":1}""")]
    [InlineData("""{"a.b":1,"a":{"b":2}}""")]
    [InlineData("""{"a.b":1,"a.b":2}""")]
    [InlineData("""{"a.b":1,"a":{"b":2,"c":3},"d":1}""")]
    [InlineData("""{"a":{"c":4},"a.c":3,"a.b":[2,1]}""")]
    [InlineData("""{"a.b":[1],"a":[{"b":2},{"b":2,"c":3}],"a.c":4}""")]
    public void Match_NameThatComesTwice_CountsTheFirstTimeAsForEachPatternAlone(string json)
    {
        string[] patterns = ["""{"a":{"b":[1]}}""", """{"a":{"b":[2]}}""", """{"a":{"c":[3]}}""", """{"d":[1]}""", """{"d":[0]}""", """{"a":[5]}"""];
        EventPatternSet<string> set = new();
        foreach (string pattern in patterns)
        {
            set.Add(pattern, EventPattern.Parse(pattern));
        }

        Assert.False(EventPattern.Parse(patterns[0]).IsMatch(json) && EventPattern.Parse(patterns[1]).IsMatch(json) && !json.Contains('[', StringComparison.Ordinal));
        Assert.Equal(patterns.Where(pattern => EventPattern.Parse(pattern).IsMatch(json)).Order(StringComparer.Ordinal), Matches(set, json));
    }

    // Numbers as identifiers are made of: a thousand of them in turn have one nearest double.
    [Theory]
    [InlineData(PatternProfile.Strict)]
    [InlineData(PatternProfile.EventBridge)]
    public void Match_LongNumbersThatShareADouble_FindsTheOne(PatternProfile profile)
    {
        EventPatternSet<string> set = new();
        for (long id = 7_234_567_890_123_456_000; id < 7_234_567_890_123_457_000; id++)
        {
            set.Add($"{id}", EventPattern.Parse($$"""{"id":[{{id}}]}""", profile));
        }

        set.Add("with zeros", EventPattern.Parse("""{"id":[12345678901234567891e4]}""", profile));

        Assert.Equal(["7234567890123456789"], Matches(set, """{"id":7234567890123456789}"""));
        Assert.Empty(Matches(set, """{"id":7234567890123455999}"""));
        Assert.Empty(Matches(set, """{"id":-7234567890123456789}"""));
        Assert.Equal(profile == PatternProfile.Strict ? ["with zeros"] : [], Matches(set, """{"id":123456789012345678910000.0}"""));
        Assert.Equal(["with zeros"], Matches(set, """{"id":12345678901234567891e4}"""));
    }

    [Fact]
    public void Match_WithinAMatch_KeepsTheTwoApart()
    {
        EventPatternSet<string> set = new();
        set.Add("outer", Nordic);
        set.Add("inner", Large);
        Reentrant results = new(set);

        set.Match("""{"country":"NO"}""", results);

        Assert.Equal(["outer"], results.Outer);
        Assert.Equal(["inner"], results.Inner);
    }

    private static List<string> Matches(EventPatternSet<string> set, string json)
    {
        List<string> fromString = [];
        List<string> fromBytes = [];
        int count = set.Match(json, fromString);
        set.Match(Encoding.UTF8.GetBytes(json), fromBytes);

        Assert.Equal(count, fromString.Count);
        Assert.Equal(fromBytes, fromString);
        fromString.Sort(StringComparer.Ordinal);
        return fromString;
    }

    private sealed class Reentrant(EventPatternSet<string> set) : System.Collections.ObjectModel.Collection<string>
    {
        public List<string> Outer { get; } = [];

        public List<string> Inner { get; } = [];

        protected override void InsertItem(int index, string item)
        {
            Outer.Add(item);
            set.Match("""{"total":100}""", Inner);
        }
    }
}
