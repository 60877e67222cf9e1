using EventBus.Subscriptions;

namespace EventBus.Tests.Subscriptions;

public sealed class SubscriptionNameTests
{
    private sealed class Nested;

    private sealed class Pair<TFirst, TSecond>
    {
        public TFirst? First { get; init; }

        public TSecond? Second { get; init; }
    }

    [Theory]
    [InlineData("a")]
    [InlineData("inventory.reserve-stock")]
    [InlineData("Shop.Handler<Order,System.Int32>")]
    [InlineData("a_b+c")]
    [InlineData("größe7")]
    public void IsValid_LettersDigitsAndPunctuation_IsTrue(string name) => Assert.True(SubscriptionName.IsValid(name));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a b")]
    [InlineData("a:b")]
    [InlineData("a/b")]
    [InlineData("a\nb")]
    [InlineData("a\"b")]
    public void IsValid_AnythingElse_IsFalse(string name) => Assert.False(SubscriptionName.IsValid(name));

    [Theory]
    [InlineData(200, true)]
    [InlineData(201, false)]
    public void IsValid_Length_IsBoundedBy200(int length, bool expected) =>
        Assert.Equal(expected, SubscriptionName.IsValid(new string('a', length)));

    [Fact]
    public void Of_NestedType_IsWrittenWithDots() =>
        Assert.Equal("EventBus.Tests.Subscriptions.SubscriptionNameTests.Nested", SubscriptionName.Of(typeof(Nested)));

    [Fact]
    public void Of_GenericType_NamesItsArguments() => Assert.Equal(
        "System.Collections.Generic.Dictionary<System.String,System.Collections.Generic.List<System.Int32>>",
        SubscriptionName.Of(typeof(Dictionary<string, List<int>>)));

    [Fact]
    public void Of_NestedGenericType_IsAValidName()
    {
        string name = SubscriptionName.Of(typeof(Pair<Nested, int>));

        Assert.Equal(
            "EventBus.Tests.Subscriptions.SubscriptionNameTests.Pair<EventBus.Tests.Subscriptions.SubscriptionNameTests.Nested,System.Int32>",
            name);
        Assert.True(SubscriptionName.IsValid(name));
    }
}
