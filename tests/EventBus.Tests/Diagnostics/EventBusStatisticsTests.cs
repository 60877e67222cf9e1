using EventBus.Diagnostics;

namespace EventBus.Tests.Diagnostics;

public sealed class EventBusStatisticsTests
{
    private sealed record OrderPlaced;

    [Fact]
    public async Task Indexer_LivingSubscription_IsItsCounts()
    {
        await using TestStand stand = Build();

        await stand.PublishAsync(new OrderPlaced());

        Assert.Equal(new DeliveryCounts { Accepted = 1, Succeeded = 1 }, stand.Monitor.GetStatistics()["a"]);
        Assert.Equal(new DeliveryCounts { Filtered = 1 }, stand.Monitor.GetStatistics()["b"]);
    }

    [Fact]
    public async Task Indexer_UnknownName_ThrowsAndNamesTheKnown()
    {
        await using TestStand stand = Build();

        KeyNotFoundException exception = Assert.Throws<KeyNotFoundException>(() => stand.Monitor.GetStatistics()["c"]);

        Assert.Equal("No subscription is named 'c'. Known are: a, b.", exception.Message);
    }

    [Fact]
    public async Task GetStatistics_Subscriptions_AreDescribed()
    {
        await using TestStand stand = Build();

        Assert.Equal(
            [("a", typeof(OrderPlaced).FullName!, null), ("b", typeof(object).FullName!, (int?)10_000)],
            stand.Monitor.GetStatistics().Subscriptions.Select(each => (each.Name, each.EventType, each.QueueCapacity)));
    }

    [Fact]
    public async Task GetStatistics_PublishedAndUnmatched_AreCountedOverAllTypes()
    {
        await using TestStand stand = Build();

        await stand.PublishAsync(new OrderPlaced());
        await stand.PublishAsync<object>(new OrderPlaced());
        await stand.PublishAsync("text");

        Assert.Equal((3, 1), (stand.Monitor.GetStatistics().Published, stand.Monitor.GetStatistics().Unmatched));
    }

    [Fact]
    public async Task GetStatistics_EndedSubscription_StaysInTheTotalAlone()
    {
        await using TestStand stand = Build();
        await using (stand.Bus.Subscribe<OrderPlaced>("c", (_, _, _) => default, builder => builder.Inline()))
        {
            await stand.PublishAsync(new OrderPlaced());
            Assert.Equal(1, stand.Monitor.GetStatistics()["c"].Succeeded);
        }

        Assert.Equal(["a", "b"], stand.Monitor.GetStatistics().Subscriptions.Select(each => each.Name));
        Assert.Equal(2, stand.Monitor.GetStatistics().Total.Succeeded);
    }

    [Fact]
    public async Task GetStatistics_TakenBefore_DoesNotChange()
    {
        await using TestStand stand = Build();
        EventBusStatistics before = stand.Monitor.GetStatistics();

        await stand.PublishAsync(new OrderPlaced());

        Assert.Equal(0, before.Published);
        Assert.Equal(0, before["a"].Accepted);
    }

    [Fact]
    public async Task NextRetryAt_DeliveryWaits_IsItsTime()
    {
        await using var stand = TestStand.Build(bus => bus
            .Subscribe<OrderPlaced>("s", (_, _, _) => throw new InvalidOperationException())
            .Retry(retry => (retry.MaxRetryAttempts, retry.Delay, retry.UseJitter) = (1, TimeSpan.FromMinutes(1), false)));
        Assert.Null(stand.Monitor.GetStatistics().NextRetryAt);

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Assert.Equal(stand.Clock.GetUtcNow().AddMinutes(1), stand.Monitor.GetStatistics().NextRetryAt);
        Assert.Equal(1, stand.Monitor.GetStatistics()["s"].WaitingForRetry);
        await stand.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Null(stand.Monitor.GetStatistics().NextRetryAt);
    }

    private static TestStand Build() => TestStand.Build(bus =>
    {
        bus.Subscribe<OrderPlaced>("a", (_, _, _) => default).Inline();
        bus.Subscribe<object>("b", (_, _, _) => default).Where(_ => false);
    });
}
