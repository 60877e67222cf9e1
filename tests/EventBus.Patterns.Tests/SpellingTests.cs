
namespace EventBus.Patterns.Tests;

public sealed class SpellingTests
{
    private static readonly string[] Known = ["Timeout", "MaxAge", "Retry", "Queue"];

    [Theory]
    [InlineData("Timout", "Timeout")]
    [InlineData("TIMEOUT", "Timeout")]
    [InlineData("maxage", "MaxAge")]
    [InlineData("Qeueu", "Queue")]
    public void Nearest_Misspelt_IsTheNameMeant(string written, string meant) =>
        Assert.Equal(meant, Spelling.Nearest(written, Known));

    [Theory]
    [InlineData("Concurrency")]
    [InlineData("Wholly.Unrelated")]
    public void Nearest_FarFromAll_IsNull(string written) => Assert.Null(Spelling.Nearest(written, Known));

    [Fact]
    public void Nearest_SeveralNear_IsTheNearest() => Assert.Equal("stock", Spelling.Nearest("stockk", ["stop", "shock", "stock"]));

    [Fact]
    public void Nearest_NothingKnown_IsNull() => Assert.Null(Spelling.Nearest("a", []));

    [Fact]
    public void DidYouMean_NearName_EndsTheSentenceWithIt() =>
        Assert.Equal(" Did you mean 'Retry'?", Spelling.DidYouMean("Rety", Known));

    [Fact]
    public void DidYouMean_NoNearName_IsEmpty() => Assert.Equal("", Spelling.DidYouMean("Concurrency", Known));
}
