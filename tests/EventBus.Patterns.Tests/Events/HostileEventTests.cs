using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace EventBus.Patterns.Tests.Events;

/// <summary>Events made to break a reader: too deep, too large, cut short, or no text at all.</summary>
public sealed class HostileEventTests
{
    private static readonly EventPattern Pattern =
        EventPattern.Parse("""{"a":{"b":["x",{"numeric":[">",1]},{"wildcard":"*q*w*"}]},"z":[{"exists":true}]}""");

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("[]")]
    [InlineData("\"a\"")]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("}")]
    [InlineData("{}{}")]
    [InlineData("{} x")]
    [InlineData("{\"a\"}")]
    [InlineData("{\"a\":}")]
    [InlineData("{\"a\":{\"b\":\"x\"")]
    [InlineData("{\"a\":{\"b\":\"x\"},\"z\":1")]
    [InlineData("{\"a\":{\"b\":\"x},\"z\":1}")]
    [InlineData("{\"a\":{\"b\":\"x\"},\"z\":1}}")]
    [InlineData("{\"a\":{\"b\":\"x\"},\"z\":1} {")]
    [InlineData("{\"a\":{\"b\":\"x\"} \"z\":1}")]
    [InlineData("{\"a\":{\"b\":\"x\"},,\"z\":1}")]
    [InlineData("{\"z\":1,}")]
    [InlineData("{\"z\":01}")]
    [InlineData("{\"z\":1.}")]
    [InlineData("{\"z\":.1}")]
    [InlineData("{\"z\":-}")]
    [InlineData("{\"z\":1e}")]
    [InlineData("{\"z\":+1}")]
    [InlineData("{\"a\":{\"b\":truex},\"z\":1}")]
    [InlineData("{\"a\":{\"b\":1x},\"z\":1}")]
    [InlineData("{\"a\":{\"b\":1.5.7},\"z\":1}")]
    [InlineData("{\"a\":{\"b\":1]},\"z\":1}")]
    [InlineData("{\"a\":{\"b\":1} \"c\":1}")]
    [InlineData("{\"z\":tru}")]
    [InlineData("{\"z\":nulll}")]
    [InlineData("{\"z\":NaN}")]
    [InlineData("{\"z\":[1,]}")]
    [InlineData("{\"z\":[1 2]}")]
    [InlineData("{\"z\":[1}")]
    [InlineData("{\"z\":\"\\q\"}")]
    [InlineData("{\"z\":\"\\ud800\"}")]
    [InlineData("{\"z\":\"a\nb\"}")]
    [InlineData("{\"z\":\"\\\"}")]
    [InlineData("{\"skipped\":\"never closed}")]
    [InlineData("{\"skipped\":[[[[}")]
    [InlineData("{'z':1}")]
    [InlineData("{z:1}")]
    [InlineData("{\"z\":/*c*/1}")]
    public void IsMatch_TextThatIsNoJsonObject_IsRefusedWithThePlace(string json)
    {
        var fault = Assert.Throws<JsonException>(() => Pattern.IsMatch(json));

        Assert.NotNull(fault.BytePositionInLine);
        Assert.StartsWith("The event is no valid JSON at byte ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void IsMatch_BytesThatAreNotUtf8_AreRefusedWhereTheyAreLookedAt()
    {
        byte[] inValue = [.. "{\"z\":\""u8, 0xC3, 0x28, .. "\"}"u8];
        byte[] skipped = [.. "{\"y\":\""u8, 0xC3, 0x28, .. "\"}"u8];

        Assert.Throws<JsonException>(() => Pattern.IsMatch(inValue));
        Assert.False(Pattern.IsMatch(skipped));
    }

    [Fact]
    public void IsMatch_EveryTruncation_IsRefused()
    {
        byte[] json = "{\"a\":{\"b\":\"x\\\"\"},\"skip\":[{\"q\":\"}]\"},1.5e3,true],\"z\":[{},[null,\"é\"]]} "u8.ToArray();

        Assert.False(Pattern.IsMatch(json));
        for (int length = 0; length < json.Length - 1; length++)
        {
            Assert.Throws<JsonException>(() => Pattern.IsMatch(json.AsSpan(0, length)));
        }
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{\"a\":")]
    [InlineData("[{\"a\":")]
    public void IsMatch_DeepNestingThatNoPatternNames_IsPassedOver(string open)
    {
        string close = string.Concat(open.Replace("\"a\":", "", StringComparison.Ordinal).Reverse()).Replace('[', ']').Replace('{', '}');
        StringBuilder json = new("{\"skipped\":");
        json.Insert(json.Length, open, 300_000).Append('1').Insert(json.Length, close, 300_000).Append(",\"a\":{\"b\":\"x\"},\"z\":1}");

        Assert.True(Pattern.IsMatch(json.ToString()));
    }

    [Fact]
    public void IsMatch_ArraysTooDeepInAFieldThatIsNamed_AreRefused()
    {
        string json = $$"""{"z":{{new string('[', 100_000)}}1{{new string(']', 100_000)}}}""";

        var fault = Assert.Throws<JsonException>(() => Pattern.IsMatch(json));

        Assert.Contains("256 deep", fault.Message, StringComparison.Ordinal);
    }

    // The reader goes as deep as the pattern does, and a dotted name would lead it to any depth.
    [Fact]
    public void Parse_PathOfThousandsOfNames_IsRefused()
    {
        string path = string.Join('.', Enumerable.Repeat("a", 257));

        var refusal = Assert.Throws<EventPatternException>(() => EventPattern.Parse($$"""{"{{path}}":[1]}"""));

        Assert.Contains("257 names", refusal.Problem, StringComparison.Ordinal);
        string deepest = string.Join('.', Enumerable.Repeat("a", 256));
        string json = string.Concat(Enumerable.Repeat("{\"a\":[", 256)) + "1" + string.Concat(Enumerable.Repeat("]}", 256));
        Assert.True(EventPattern.Parse($$"""{"{{deepest}}":[1]}""").IsMatch(json));
    }

    [Fact]
    public void IsMatch_TenMegabytes_AreRead()
    {
        StringBuilder json = new("{\"a\":{\"b\":\"");
        json.Append('q', 5_000_000).Append("w\"},\"skipped\":\"").Append('\\', 4_000_000).Append("\",\"z\":[");
        json.Append("1,", 0, 2);
        for (int i = 0; i < 200_000; i++)
        {
            json.Append("{\"b\":1},");
        }

        json.Append("2]}");

        Assert.True(Pattern.IsMatch(json.ToString()));
    }

    // In quadratic time these would run for minutes: two arrays, each of its conditions met often, and never by one element.
    [Fact]
    public void IsMatch_ArraysOfTenThousandElementsWithoutAMatch_EndInLinearTime()
    {
        var pattern = EventPattern.Parse("""{"p":{"a":["x"],"b":["y"]},"q":{"a":["x"],"b":["y"]},"r":{"s":{"a":["x"],"b":["y"]},"c":[{"exists":false}]}}""");
        string element = string.Join(",", Enumerable.Range(0, 5_000).Select(static _ => """{"a":"x","b":"n"},{"a":"n","b":"y"}"""));
        string inner = string.Join(",", Enumerable.Range(0, 100).Select(_ => $$"""{"s":[{{element[..3_599]}}],"c":1}"""));
        string json = $$"""{"p":[{{element}},{"a":"x","b":"y"}],"q":[{{element}}],"r":[{{inner}}]}""";
        EventPatternSet<int> set = new();
        for (int i = 0; i < 20; i++)
        {
            set.Add(i, pattern);
        }

        Assert.False(pattern.IsMatch(json));
        Assert.Equal(0, set.Match(json, []));
    }

    // The piece that the wildcard is found by comes a million times; tried each time, the match would take a quarter of a minute.
    [Fact]
    public void Match_WildcardWhosePieceComesAMillionTimes_EndsInLinearTime()
    {
        EventPatternSet<int> set = new();
        set.Add(1, EventPattern.Parse("""{"f":[{"wildcard":"*aaaa*b*"}]}"""));

        Assert.Equal(0, set.Match($$"""{"f":"{{new string('a', 1_000_000)}}"}""", []));
        Assert.Equal(1, set.Match($$"""{"f":["{{new string('a', 1_000_000)}}","aaaa","aaaab"]}""", []));
    }

    [Fact]
    public void IsMatch_NumbersOfAMillionDigits_AreRead()
    {
        string digits = new('9', 1_000_000);

        Assert.True(EventPattern.Parse("""{"z":[{"numeric":[">",1]}]}""").IsMatch($$"""{"z":{{digits}}}"""));
        Assert.True(EventPattern.Parse("""{"z":[1]}""").IsMatch($$"""{"z":1.{{new string('0', 1_000_000)}}}"""));
        Assert.False(EventPattern.Parse("""{"z":[1]}""").IsMatch($$"""{"z":1e{{digits}}}"""));
        Assert.True(EventPattern.Parse("""{"z":[0]}""").IsMatch($$"""{"z":0e{{digits}}}"""));
        Assert.True(EventPattern.Parse("""{"z":[0]}""").IsMatch($$"""{"z":-0e-{{digits}}}"""));
    }

    [Fact]
    public void IsMatch_RandomMutationsOfAnEvent_AreReadOrRefused()
    {
        Random random = new(11);
        byte[] seed = "{\"a\":{\"b\":\"x\\u00e9\\n\",\"c\":[1,-2.5e3,{\"b\":null}]},\"skip\":{\"k\":[true,\"}\"]},\"z\":[{},[null,\"é\"]],\"a.b\":\"q w\"}"u8.ToArray();
        int refused = 0;
        for (int i = 0; i < 200_000; i++)
        {
            byte[] mutant = Mutated(seed, random);
            if (IsJsonObject(mutant))
            {
                // What the framework takes for JSON is read, save for half surrogate pairs, whose text is none.
                try
                {
                    Pattern.IsMatch(mutant);
                }
                catch (JsonException) when (mutant.AsSpan().IndexOf("\\u"u8) >= 0)
                {
                }
            }
            else
            {
                try
                {
                    Pattern.IsMatch(mutant);
                }
                catch (JsonException)
                {
                    refused++;
                }
            }
        }

        Assert.InRange(refused, 20_000, 200_000);
    }

    private static bool IsJsonObject(byte[] json)
    {
        if (!Utf8.IsValid(json))
        {
            return false;
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static byte[] Mutated(byte[] seed, Random random)
    {
        List<byte> mutant = [.. seed];
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            int at = random.Next(mutant.Count);
            switch (random.Next(4))
            {
                case 0:
                    mutant[at] = (byte)random.Next(256);
                    break;
                case 1:
                    mutant.RemoveRange(at, Math.Min(random.Next(1, 6), mutant.Count - at));
                    break;
                case 2:
                    mutant.Insert(at, "{}[]\",:\\1e.-tn "u8[random.Next(15)]);
                    break;
                default:
                    mutant.InsertRange(at, mutant.Skip(random.Next(mutant.Count)).Take(random.Next(1, 12)).ToArray());
                    break;
            }

            if (mutant.Count == 0)
            {
                break;
            }
        }

        return [.. mutant];
    }
}
