using EventBus.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventBus.Tests.Scenarios;

/// <summary>The next event, where it is needed.</summary>
public sealed class AwaitingScenarios
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Next_EndsWithTheFirstEventThatPassesTheFilter()
    {
        await using var bus = ScenarioBus.Start(_ => { });

        ValueTask<OrderPlaced> next = bus.Bus.NextAsync<OrderPlaced>(order => order.OrderId == "2", Patience);
        await bus.PublishAsync(new OrderPlaced("1"));
        Assert.False(next.IsCompleted);
        await bus.PublishAsync(new OrderPlaced("2", 20));
        await bus.PublishAsync(new OrderPlaced("2", 30));

        Assert.Equal(20, (await ScenarioBus.Soon(next.AsTask())).Total);
    }

    [Fact]
    public async Task Next_PublishedBeforeTheCall_DoesNotCount()
    {
        await using var bus = ScenarioBus.Start(_ => { });
        await bus.PublishAsync(new OrderPlaced("1"));

        ValueTask<OrderPlaced> next = bus.Bus.NextAsync<OrderPlaced>(Patience);

        Assert.False(next.IsCompleted);
        await bus.PublishAsync(new OrderPlaced("2"));
        Assert.Equal("2", (await ScenarioBus.Soon(next.AsTask())).OrderId);
    }

    [Fact]
    public async Task Next_PublishedAtOnceAfterTheCall_IsNeverMissed()
    {
        await using var bus = ScenarioBus.Start(_ => { });

        for (int i = 0; i < 1_000; i++)
        {
            ValueTask<OrderPlaced> next = bus.Bus.NextAsync<OrderPlaced>(Patience);
            await bus.PublishAsync(new OrderPlaced($"{i}"));
            Assert.Equal($"{i}", (await ScenarioBus.Soon(next.AsTask())).OrderId);
        }
    }

    [Fact]
    public async Task Next_OfAnInterface_TakesEveryEventOfIt()
    {
        await using var bus = ScenarioBus.Start(_ => { });

        ValueTask<IShopEvent> next = bus.Bus.NextAsync<IShopEvent>(Patience);
        await bus.PublishAsync(new StockCounted("1", 2));

        Assert.Equal(new StockCounted("1", 2), await ScenarioBus.Soon(next.AsTask()));
    }

    [Fact]
    public async Task Next_PastItsTimeout_SaysWhatDidNotCome()
    {
        await using var bus = ScenarioBus.Start(_ => { });

        Task<OrderPlaced> none = bus.Bus.NextAsync<OrderPlaced>(Patience).AsTask();
        Task<OrderPlaced> other = bus.Bus.NextAsync<OrderPlaced>(order => order.OrderId == "2", Patience * 2).AsTask();
        bus.Clock.Advance(Patience);
        TimeoutException unpublished = await Assert.ThrowsAsync<TimeoutException>(() => ScenarioBus.Soon(none));
        await bus.PublishAsync(new OrderPlaced("1"));
        bus.Clock.Advance(Patience);
        TimeoutException turnedAway = await Assert.ThrowsAsync<TimeoutException>(() => ScenarioBus.Soon(other));

        Assert.StartsWith("No OrderPlaced was published within 00:00:05.", unpublished.Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "No OrderPlaced that passes the filter was published within 00:00:10: it turned 1 away.",
            turnedAway.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Next_BeforeItsTimeout_WaitsOn()
    {
        await using var bus = ScenarioBus.Start(_ => { });

        Task<OrderPlaced> next = bus.Bus.NextAsync<OrderPlaced>(Patience).AsTask();
        bus.Clock.Advance(Patience - TimeSpan.FromMilliseconds(1));
        Assert.False(next.IsCompleted);
        await bus.PublishAsync(new OrderPlaced("1"));

        Assert.Equal("1", (await ScenarioBus.Soon(next)).OrderId);
    }

    [Fact]
    public async Task Next_Cancelled_Ends()
    {
        using CancellationTokenSource source = new();
        await using var bus = ScenarioBus.Start(_ => { });

        Task<OrderPlaced> next = bus.Bus.NextAsync<OrderPlaced>(Timeout.InfiniteTimeSpan, source.Token).AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ScenarioBus.Soon(next));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => bus.Bus.NextAsync<OrderPlaced>(Timeout.InfiniteTimeSpan, source.Token).AsTask());
        await NoSubscriptionAsync(bus);
    }

    [Fact]
    public async Task Next_WithAFilterThatThrows_EndsWithItsException_AndNobodyElseNotices()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
            builder.Subscribe<OrderPlaced>("work", (order, _, _) => calls.Note(order.OrderId)).Inline(InlineFailure.Throw));

        Task<OrderPlaced> broken = bus.Bus.NextAsync<OrderPlaced>(_ => throw new TimeoutException("broken"), Patience).AsTask();
        Task<OrderPlaced> sound = bus.Bus.NextAsync<OrderPlaced>(Patience).AsTask();
        await bus.PublishAsync(new OrderPlaced("1"));

        Assert.Equal("broken", (await Assert.ThrowsAsync<TimeoutException>(() => ScenarioBus.Soon(broken))).Message);
        Assert.Equal("1", (await ScenarioBus.Soon(sound)).OrderId);
        Assert.Equal(["1"], calls.All);
        Assert.Empty(await bus.LettersAsync());
    }

    [Fact]
    public async Task Next_WhenTheBusStops_SaysSo()
    {
        await using var bus = ScenarioBus.Start(_ => { });

        Task<OrderPlaced> next = bus.Bus.NextAsync<OrderPlaced>(Patience).AsTask();
        await ScenarioBus.Soon(Service(bus).StopAsync(default));

        await Assert.ThrowsAsync<EventBusStoppedException>(() => ScenarioBus.Soon(next));
        await Assert.ThrowsAsync<EventBusStoppedException>(() => bus.Bus.NextAsync<OrderPlaced>(Patience).AsTask());
    }

    [Fact]
    public async Task Next_WhileTheBusDrains_StillGetsWhatAHandlerPublishes()
    {
        TaskCompletionSource gate = new();
        ScenarioBus? bus = null;
        bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("work", async (order, _, _) =>
        {
            await gate.Task;
            ValueTask<OrderCancelled> inside = bus!.Bus.NextAsync<OrderCancelled>(Patience);
            await bus.PublishAsync(new OrderCancelled(order.OrderId));
            await inside;
        }));
        await using (bus)
        {
            await bus.PublishAsync(new OrderPlaced("1"));
            Task<OrderCancelled> next = bus.Bus.NextAsync<OrderCancelled>(Patience).AsTask();

            Task stopping = Service(bus).StopAsync(default);
            gate.SetResult();
            await ScenarioBus.Soon(stopping);

            Assert.Equal("1", (await ScenarioBus.Soon(next)).OrderId);
            Assert.Equal(1, bus["work"].Succeeded);
        }
    }

    [Fact]
    public async Task Next_InsideAHandler_IsLetGoOfLikeAnyOther()
    {
        ScenarioBus? bus = null;
        bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("work", async (order, _, _) =>
        {
            ValueTask<OrderCancelled> next = bus!.Bus.NextAsync<OrderCancelled>(Patience);
            await bus.PublishAsync(new OrderCancelled(order.OrderId));
            await next;
        }).Inline());
        await using (bus)
        {
            for (int i = 0; i < 100; i++)
            {
                await bus.PublishAsync(new OrderPlaced($"{i}"));
            }

            Assert.Equal(100, bus["work"].Succeeded);
            await UntilAsync(() => bus.Monitor.GetStatistics().Subscriptions.Count == 1);
        }
    }

    [Fact]
    public async Task NextOfAThousandAtOnce_AreIndependent_AndCostOneSubscription()
    {
        await using var bus = ScenarioBus.Start(_ => { });
        Task<OrderPlaced>[] waits = [];
        await ScenarioBus.Soon(Task.Run(() => waits =
        [
            .. Enumerable.Range(0, 1_000).AsParallel().Select(
                i => bus.Bus.NextAsync<OrderPlaced>(order => order.OrderId == $"{i}", Patience).AsTask()),
        ]));
        Assert.Equal(
            "next<EventBus.Tests.Scenarios.OrderPlaced>", Assert.Single(bus.Monitor.GetStatistics().Subscriptions).Name);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(part => Task.Run(async () =>
        {
            for (int i = part; i < 1_000; i += 4)
            {
                await bus.PublishAsync(new OrderPlaced($"{i}"));
            }
        })));

        OrderPlaced[] all = await ScenarioBus.Soon(Task.WhenAll(waits));
        Assert.Equal(1_000, all.Select(order => order.OrderId).Distinct().Count());
        await NoSubscriptionAsync(bus);
    }

    [Fact]
    public async Task Next_WhateverEndsIt_LeavesNoSubscriptionBehind()
    {
        using CancellationTokenSource source = new();
        await using var bus = ScenarioBus.Start(_ => { });
        List<Task<OrderPlaced>> waits = [];
        waits.Add(bus.Bus.NextAsync<OrderPlaced>(Patience).AsTask());
        waits.Add(bus.Bus.NextAsync<OrderPlaced>(_ => throw new InvalidOperationException("broken"), Patience).AsTask());
        waits.Add(bus.Bus.NextAsync<OrderPlaced>(order => order.OrderId == "never", Patience).AsTask());
        waits.Add(bus.Bus.NextAsync<OrderPlaced>(order => order.OrderId == "never", Timeout.InfiniteTimeSpan, source.Token).AsTask());

        await bus.PublishAsync(new OrderPlaced("1"));
        Assert.Single(bus.Monitor.GetStatistics().Subscriptions);
        bus.Clock.Advance(Patience);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => ScenarioBus.Soon(Task.WhenAll(waits)));

        await NoSubscriptionAsync(bus);
        Assert.Equal((1, 1), (bus.Monitor.GetStatistics().Total.Accepted, bus.Monitor.GetStatistics().Total.Succeeded));
    }

    [Fact]
    public async Task Next_WhileALongPublishKeepsSubscriptionsBack_UsesNoMoreThanTwoNames()
    {
        TaskCompletionSource gate = new();
        await using var bus = ScenarioBus.Start(
            builder => builder.Subscribe<OrderCancelled>("long", async (_, _, _) => await gate.Task).Inline());
        Task publishing = bus.PublishAsync(new OrderCancelled("long")).AsTask();
        HashSet<string> names = [];

        for (int i = 0; i < 100; i++)
        {
            ValueTask<OrderPlaced> next = bus.Bus.NextAsync<OrderPlaced>(Patience);
            names.UnionWith(bus.Monitor.GetStatistics().Subscriptions.Select(each => each.Name));
            await bus.PublishAsync(new OrderPlaced("1"));
            await ScenarioBus.Soon(next.AsTask());
            await Task.Yield();
        }

        Assert.InRange(names.Count, 2, 3);
        gate.SetResult();
        await ScenarioBus.Soon(publishing);
        await UntilAsync(() => bus.Monitor.GetStatistics().Subscriptions.Count == 1);
    }

    [Fact]
    public async Task Next_TimingOutWhileTheEventComes_EndsOneWayOrTheOther()
    {
        await using var bus = ScenarioBus.Start(_ => { });
        int came = 0;

        for (int i = 0; i < 300; i++)
        {
            Task<OrderPlaced> next = bus.Bus.NextAsync<OrderPlaced>(Patience).AsTask();
            var turning = Task.Run(() => bus.Clock.Advance(Patience));
            await bus.PublishAsync(new OrderPlaced($"{i}"));
            await ScenarioBus.Soon(turning);
            try
            {
                Assert.Equal($"{i}", (await ScenarioBus.Soon(next)).OrderId);
                came++;
            }
            catch (TimeoutException exception)
            {
                Assert.StartsWith("No OrderPlaced", exception.Message, StringComparison.Ordinal);
            }
        }

        Assert.InRange(came, 0, 300);
        await NoSubscriptionAsync(bus);
    }

    [Fact]
    public async Task Next_WhileTheBusStops_AlwaysEnds()
    {
        for (int round = 0; round < 20; round++)
        {
            await using var bus = ScenarioBus.Start(_ => { });
            Task<Exception?>[] waits =
            [
                .. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
                    await Record.ExceptionAsync(async () => await bus.Bus.NextAsync<OrderPlaced>(Timeout.InfiniteTimeSpan)))),
            ];

            await ScenarioBus.Soon(Service(bus).StopAsync(default));

            Assert.All(await ScenarioBus.Soon(Task.WhenAll(waits)), each => Assert.IsType<EventBusStoppedException>(each));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public async Task Next_WithATimeoutThatCannotPass_IsRefusedAtOnce(int seconds)
    {
        await using var bus = ScenarioBus.Start(_ => { });
        var timeout = TimeSpan.FromSeconds(seconds);

        ArgumentOutOfRangeException thrown = Assert.Throws<ArgumentOutOfRangeException>(
            () => { _ = bus.Bus.NextAsync<OrderPlaced>(timeout).AsTask(); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = bus.Bus.NextAsync<OrderPlaced>(_ => true, timeout).AsTask(); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = bus.Bus.RequestAsync<OrderPlaced>(new OrderCancelled("1"), timeout); });

        Assert.Contains("Timeout.InfiniteTimeSpan for no limit", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_WhileSomebodyWaits_EndsNoWait()
    {
        await using var bus = ScenarioBus.Start(_ => { });
        ValueTask<OrderPlaced> next = bus.Bus.NextAsync<OrderPlaced>(Patience);

        Assert.True(Assert.Single(bus.Bus.Explain(new OrderPlaced("1")).Subscriptions).WouldRun);

        Assert.False(next.IsCompleted);
        await bus.PublishAsync(new OrderPlaced("2"));
        Assert.Equal("2", (await ScenarioBus.Soon(next.AsTask())).OrderId);
    }

    [Fact]
    public async Task Next_AtTheEndOfALongChain_IsNoDeadLetter()
    {
        ScenarioBus? bus = null;
        bus = ScenarioBus.Start(builder =>
        {
            builder.Configure(options => options.MaxHops = 1);
            builder.Subscribe<OrderPlaced>("first", async (order, _, _) => await bus!.PublishAsync(new OrderCancelled(order.OrderId)));
            builder.Subscribe<OrderCancelled>("second", async (order, _, _) => await bus!.PublishAsync(new StockCounted(order.OrderId, 0)));
        });
        await using (bus)
        {
            ValueTask<StockCounted> next = bus.Bus.NextAsync<StockCounted>(Patience);

            await bus.PublishAsync(new OrderPlaced("1"));

            Assert.Equal("1", (await ScenarioBus.Soon(next.AsTask())).OrderId);
            await bus.IdleAsync();
            Assert.Empty(await bus.LettersAsync());
        }
    }

    private static Task NoSubscriptionAsync(ScenarioBus bus) => UntilAsync(() => bus.Monitor.GetStatistics().Subscriptions.Count == 0);

    private static IHostedService Service(ScenarioBus bus) => Assert.Single(bus.Services.GetServices<IHostedService>());

    private static Task UntilAsync(Func<bool> condition) => TestStand.UntilAsync(condition);
}
