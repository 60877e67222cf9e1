using EventBus.Patterns.Conditions;
using EventBus.Patterns.Parsing;

namespace EventBus.Patterns.Tests.Parsing;

public sealed class PatternParserTests
{
    [Theory]
    [InlineData("""{"b":["x"],"a":[1,null,true]}""", "a:[1,null,true] b:[\"x\"]")]
    [InlineData("""{"a":{"b":{"c":[1]}},"a.x":[2]}""", "a.b.c:[1] a.x:[2]")]
    [InlineData("""{"":{"":[1]},"a":{"":[2]}}""", ".:[1] a.:[2]")]
    [InlineData("""{"$or":[{"a":[1]},{"b":[2]}]}""", "a:[1] | b:[2]")]
    [InlineData("""{"x":[0],"$or":[{"a":[1]},{"b":[2]}],"y":[3]}""", "a:[1] x:[0] y:[3] | b:[2] x:[0] y:[3]")]
    [InlineData("""{"x":{"$or":[{"a":[1]},{"b":{"c":[2]}}]}}""", "x.a:[1] | x.b.c:[2]")]
    [InlineData("""{"$or":[{"a":[1]},{"$or":[{"b":[2]},{"c":[3]}],"d":[4]}]}""", "a:[1] | b:[2] d:[4] | c:[3] d:[4]")]
    [InlineData("""{"x":{"$or":[{"a":[1]},{"b":[2]}]},"$or":[{"c":[3]},{"d":[4]}]}""", "c:[3] x.a:[1] | c:[3] x.b:[2] | d:[4] x.a:[1] | d:[4] x.b:[2]")]
    [InlineData("""{"a":[{"exists":false}],"b":["x",{"exists":false}],"c":[{"exists":true}]}""", """a:[{"exists":false}] b:["x",{"exists":false}] c:[{"exists":true}]""")]
    public void TryParse_Shape_GivesSameBranchesUnderBothProfiles(string text, string branches)
    {
        Assert.Equal(branches, Show(Parse(text, PatternProfile.Strict)));
        Assert.Equal(branches, Show(Parse(text, PatternProfile.EventBridge)));
    }

    [Theory]
    [InlineData("""{"a":[1],"a":[2]}""", "a:[2]")]
    [InlineData("""{"a":[1],"$or":[{"a":[2]},{"b":[3]}]}""", "a:[2] | a:[1] b:[3]")]
    [InlineData("""{"$or":[{"a":[2]},{"b":[3]}],"a":[1]}""", "a:[1] | a:[1] b:[3]")]
    [InlineData("""{"a.b":[1],"a":{"b":[2]}}""", "a.b:[2]")]
    [InlineData("""{"$or":["x"]}""", "$or:[\"x\"]")]
    [InlineData("""{"$or":{"a":[1]}}""", "$or.a:[1]")]
    [InlineData("""{"x":{"$or":[{"prefix":"a"},"b"]}}""", """x.$or:[{"prefix":"a"},"b"]""")]
    public void TryParse_Trap_IsReadAsTheReferenceReadsIt(string text, string branches)
    {
        Assert.Equal(branches, Show(Parse(text, PatternProfile.EventBridge)));
    }

    [Theory]
    [InlineData(PatternProfile.Strict, false)]
    [InlineData(PatternProfile.EventBridge, true)]
    public void TryParse_Profile_DecidesHowAbsenceIsJudged(PatternProfile profile, bool isInOrder)
    {
        Assert.Equal(isInOrder, Assert.Single(Parse("""{"a":[1]}""", profile)).JudgesAbsenceInOrder);
    }

    [Theory]
    [InlineData("\"10.0.0.1\"", PatternProfile.Strict, typeof(ExactString))]
    [InlineData("\"10.0.0.1\"", PatternProfile.EventBridge, typeof(AddressRange))]
    [InlineData("\"2001:db8::1\"", PatternProfile.EventBridge, typeof(AddressRange))]
    [InlineData("{\"exactly\":\"10.0.0.1\"}", PatternProfile.EventBridge, typeof(ExactString))]
    [InlineData("{\"wildcard\":\"abc\"}", PatternProfile.Strict, typeof(ExactString))]
    [InlineData("{\"wildcard\":\"*\"}", PatternProfile.Strict, typeof(Wildcard))]
    [InlineData("{\"numeric\":[\"=\",5]}", PatternProfile.Strict, typeof(ExactNumber))]
    [InlineData("{\"numeric\":[\"<\",5]}", PatternProfile.Strict, typeof(NumericRange))]
    public void TryParse_Alternative_BecomesCondition(string alternative, PatternProfile profile, Type expected)
    {
        Assert.IsType(expected, Only(alternative, profile));
    }

    [Theory]
    [InlineData("[\"<\",5]", double.NegativeInfinity, 4.999999999999999)]
    [InlineData("[\"<=\",5]", double.NegativeInfinity, 5)]
    [InlineData("[\">\",5]", 5.000000000000001, double.PositiveInfinity)]
    [InlineData("[\">=\",5]", 5, double.PositiveInfinity)]
    [InlineData("[\">=\",-1e2,\"<\",1]", -100, 0.9999999999999999)]
    public void TryParse_NumericRange_HasClosedBounds(string operand, double low, double high)
    {
        NumericRange range = Assert.IsType<NumericRange>(Only($"{{\"numeric\":{operand}}}", PatternProfile.Strict));

        Assert.Equal((low, high), (range.Low, range.High));
    }

    [Fact]
    public void TryParse_AddressRange_ClearsBitsBehindThePrefix()
    {
        AddressRange range = Assert.IsType<AddressRange>(Only("{\"cidr\":\"10.255.1.2/9\"}", PatternProfile.Strict));

        Assert.Equal([10, 128, 0, 0], range.Network.ToArray());
        Assert.Equal(9, range.PrefixLength);
    }

    [Fact]
    public void TryParse_WildcardWithEscapes_IsTakenApartAtUnescapedStars()
    {
        Wildcard wildcard = Assert.IsType<Wildcard>(Only("""{"wildcard":"a\\*b*\\\\*"}""", PatternProfile.Strict));

        Assert.Equal("a*b"u8.ToArray(), wildcard.First);
        Assert.Equal(["\\"u8.ToArray()], wildcard.Inner);
        Assert.Empty(wildcard.Last);
    }

    [Fact]
    public void TryParse_OneExactStringTwice_SharesTheCondition()
    {
        FieldCondition first = Parse("""{"shared":{"once":["value 71"]}}""", PatternProfile.Strict)[0].Fields[0];
        FieldCondition second = Parse("""{"shared.once":["value \u0037\u0031"],"z":[1]}""", PatternProfile.EventBridge)[0].Fields[0];

        Assert.Same(first, second);
    }

    [Fact]
    public void TryParse_LongNames_AreTaken()
    {
        string name = new('n', 300);

        Branch branch = Assert.Single(Parse($"{{\"{name}\":{{\"{name}\":[1]}}}}", PatternProfile.Strict));

        Assert.Equal($"{name}.{name}", branch.Fields[0].Path.Name);
    }

    [Theory]
    [InlineData(PatternProfile.Strict)]
    [InlineData(PatternProfile.EventBridge)]
    public void ToString_EveryConditionOfTheVectors_ReadsBackAsTheSame(PatternProfile profile)
    {
        foreach (Vector vector in Vector.All)
        {
            if (PatternParser.TryParse(vector.Pattern, profile, out Branch[]? branches, out _))
            {
                foreach (FieldCondition field in branches.SelectMany(static branch => branch.Fields))
                {
                    FieldCondition again = Parse($"{{\"a\":{field}}}", profile)[0].Fields[0];

                    Assert.Equal(field.ToString(), again.ToString());
                    Assert.Equal(field.AcceptsAbsence, again.AcceptsAbsence);
                    Assert.Equal(Kinds(field), Kinds(again));
                }
            }
        }
    }

    private static string Kinds(FieldCondition field) =>
        string.Join(',', field.Alternatives.ToArray().Select(static alternative => alternative.GetType().Name));

    private static Condition Only(string alternative, PatternProfile profile) =>
        Parse($"{{\"a\":[{alternative}]}}", profile)[0].Fields[0].Test!;

    private static Branch[] Parse(string text, PatternProfile profile)
    {
        Assert.True(PatternParser.TryParse(text, profile, out Branch[]? branches, out EventPatternError? error), $"{text}: {error}");
        return branches;
    }

    private static string Show(Branch[] branches) =>
        string.Join(" | ", branches.Select(static branch => string.Join(' ', branch.Fields.Select(static field => $"{field.Path}:{field}"))));
}
