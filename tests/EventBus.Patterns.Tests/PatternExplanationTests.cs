namespace EventBus.Patterns.Tests;

public sealed class PatternExplanationTests
{
    [Fact]
    public void Explain_FieldThatFails_TellsWhatWasAskedAndSeen()
    {
        var pattern = EventPattern.Parse("""{"country":["NO",{"prefix":"S"}],"total":[{"numeric":[">=",100]}],"coupon":[{"exists":false}]}""");

        PatternExplanation why = pattern.Explain("""{"country":"NO","total":40.5}""");

        Assert.False(why.IsMatch);
        Assert.Equal(
            """
            no match
            ├─ country: match, ["NO",{"prefix":"S"}] asked, "NO" seen
            ├─ coupon: match, [{"exists":false}] asked, nothing seen
            └─ total: no match, [{"numeric":[">=",100]}] asked, 40.5 seen
            """,
            why.ToString(),
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void Explain_Alternatives_ShowsEachBranch()
    {
        var pattern = EventPattern.Parse("""{"$or":[{"a":[1]},{"b":{"c":["x"]}}],"d":[true]}""");

        PatternExplanation why = pattern.Explain("""{"a":2,"b":{"c":"x"},"d":true}""");

        Assert.True(why.IsMatch);
        Assert.Equal(
            """
            match
            ├─ no match
            │  ├─ a: no match, [1] asked, 2 seen
            │  └─ d: match, [true] asked, true seen
            └─ match
               ├─ b.c: match, ["x"] asked, "x" seen
               └─ d: match, [true] asked, true seen
            """,
            why.ToString(),
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void Explain_FieldsMetByDifferentElements_SaysSo()
    {
        var pattern = EventPattern.Parse("""{"lines":{"sku":["A"],"qty":[2]}}""");

        PatternExplanation why = pattern.Explain("""{"lines":[{"sku":"A","qty":1},{"sku":"B","qty":2}]}""");

        Assert.False(why.IsMatch);
        Assert.All(why.Children, static field => Assert.True(field.IsMatch));
        Assert.Contains("several of its elements", why.Note, StringComparison.Ordinal);
        Assert.Equal(["1, 2", "\"A\", \"B\""], why.Children.Select(static field => field.Value));
    }

    [Fact]
    public void Explain_AbsenceInTheElementThatServes_IsAMatchWithANote()
    {
        var pattern = EventPattern.Parse("""{"lines":{"discount":[{"exists":false}],"sku":["A"]}}""");

        PatternExplanation why = pattern.Explain("""{"lines":[{"sku":"A"},{"sku":"B","discount":5}]}""");

        Assert.True(why.IsMatch);
        Assert.Equal("not in the element that serves the other fields", why.Children[0].Note);
    }

    [Fact]
    public void Explain_ManyAndLongValues_AreCut()
    {
        PatternExplanation why = EventPattern.Parse("""{"a":["x"],"b":["y"]}""")
            .Explain($$"""{"a":[1,2,3,4,5,6,7],"b":"{{new string('z', 500)}}"}""");

        Assert.Equal("1, 2, 3, 4, 5 and 2 more", why.Children[0].Value);
        Assert.Equal(81, why.Children[1].Value!.Length);
    }

    [Fact]
    public void Explain_AnyForm_GivesTheVerdictOfIsMatch()
    {
        var pattern = EventPattern.Parse("""{"a":["x"]}""");
        using var document = System.Text.Json.JsonDocument.Parse("""{"a":"x"}""");

        Assert.True(pattern.Explain(document.RootElement).IsMatch);
        Assert.True(pattern.Explain("{\"a\":\"x\"}"u8).IsMatch);
        Assert.Throws<ArgumentNullException>(() => pattern.Explain((string)null!));
        Assert.Throws<System.Text.Json.JsonException>(() => pattern.Explain("[]"));
    }
}
