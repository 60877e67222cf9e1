using EventBus.DeadLettering;

namespace EventBus.Tests.Scenarios;

/// <summary>A subscription gets what its filter lets through, and a broken filter is its own affair.</summary>
public sealed class FilterScenarios
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_SeveralPredicates_MustAllHold(bool inline)
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            SubscriptionBuilder<OrderPlaced> subscription = builder
                .Subscribe<OrderPlaced>("filtered", (order, _, _) => calls.Note(order.OrderId))
                .Where(order => order.Total > 5)
                .Where(order => order.OrderId != "3");
            if (inline)
            {
                subscription.Inline();
            }
        });

        await bus.PublishAsync(new OrderPlaced("1", 10));
        await bus.PublishAsync(new OrderPlaced("2", 5));
        await bus.PublishAsync(new OrderPlaced("3", 10));
        await bus.IdleAsync();

        Assert.Equal(["1"], calls.All);
        Assert.Equal((1, 2), (bus["filtered"].Accepted, bus["filtered"].Filtered));
        Assert.Equal(2, bus.Monitor.GetStatistics().Unmatched);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_Throwing_IsADeadLetterOfThatSubscriptionAlone(bool inline)
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            SubscriptionBuilder<OrderPlaced>[] all =
            [
                builder.Subscribe<OrderPlaced>("before", (_, _, _) => calls.Note("before")),
                builder.Subscribe<OrderPlaced>("broken", (_, _, _) => calls.Note("broken"))
                    .Where(order => order.Total / int.Parse("0", null) > 1),
                builder.Subscribe<OrderPlaced>("after", (_, _, _) => calls.Note("after")),
            ];
            foreach (SubscriptionBuilder<OrderPlaced> subscription in all.Where(_ => inline))
            {
                subscription.Inline();
            }
        });

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.IdleAsync();

        Assert.Equal(["after", "before"], calls.All.Order());
        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Equal(("broken", DeadLetterReason.FilterFailed, 0), (letter.Subscription, letter.Reason, letter.Attempts));
        Assert.Equal("System.DivideByZeroException", Assert.Single(letter.Failures).ExceptionType);
    }

    [Fact]
    public async Task Where_Throwing_IsAskedOnce()
    {
        int asked = 0;
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("broken", (_, _, _) => default).Inline()
            .Where(_ => ++asked > 1 ? true : throw new InvalidOperationException()));

        await bus.PublishAsync(new OrderPlaced("1"));

        Assert.Equal((1, 0, 1), (asked, bus["broken"].Succeeded, bus["broken"].DeadLettered));
    }

    [Fact]
    public async Task Where_OnABaseSubscription_SeesTheDerivedEvent()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<IShopEvent>("some", (shop, _, _) => calls.Note(shop.OrderId)).Inline()
            .Where(shop => shop is StockCounted { Pieces: > 1 } or OrderPlaced));

        await bus.PublishAsync(new StockCounted("1", 1));
        await bus.PublishAsync(new StockCounted("2", 2));
        await bus.PublishAsync(new OrderCancelled("3"));
        await bus.PublishAsync<IShopEvent>(new OrderPlaced("4"));

        Assert.Equal(["2", "4"], calls.All);
    }
}
