using EventBus.Awaiting;
using EventBus.Subscriptions;

namespace EventBus.Tests.Awaiting;

public sealed class AwaitingNamesTests
{
    private sealed record OrderPlaced;

    [Fact]
    public void Take_WhileOthersAreTaken_GivesTheLowestFreeNumber()
    {
        AwaitingNames names = new();
        string first = names.Take("next", typeof(OrderPlaced));
        string second = names.Take("next", typeof(OrderPlaced));
        _ = names.Take("next", typeof(OrderPlaced));

        names.Return(second);

        Assert.Equal("next<EventBus.Tests.Awaiting.AwaitingNamesTests.OrderPlaced>", first);
        Assert.Equal($"{first}-2", second);
        Assert.Equal(second, names.Take("next", typeof(OrderPlaced)));
        Assert.Equal($"{first}-4", names.Take("next", typeof(OrderPlaced)));
    }

    [Theory]
    [InlineData(typeof(int[]))]
    [InlineData(typeof(Dictionary<Dictionary<OrderPlaced, OrderPlaced>, Dictionary<OrderPlaced, Dictionary<OrderPlaced, OrderPlaced>>>))]
    [InlineData(typeof(object))]
    public void Take_WhateverTheType_GivesAValidName(Type type)
    {
        AwaitingNames names = new();
        _ = names.Take("stream", type);

        Assert.True(SubscriptionName.IsValid(names.Take("stream", type)));
    }

    [Fact]
    public void Take_TypesWithAnonymousNames_GivesValidNames() =>
        Assert.True(SubscriptionName.IsValid(new AwaitingNames().Take("next", new { Id = 1 }.GetType())));
}
