using Microsoft.Extensions.Options;

namespace EventBus.Tests.Scenarios;

/// <summary>Subscriptions that come and go while events flow.</summary>
public sealed class RuntimeSubscriptionScenarios
{
    [Fact]
    public async Task Subscribe_AtRunTime_ReceivesUntilDisposed()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(_ => { });
        await bus.PublishAsync(new OrderPlaced("before"));

        IEventSubscription subscription = bus.Bus.Subscribe<OrderEvent>(
            "live", (order, _, _) => calls.Note(order.OrderId), options => options.Where(order => order.OrderId != "no"));
        await bus.PublishAsync(new OrderPlaced("during"));
        await bus.PublishAsync(new OrderPlaced("no"));
        await ScenarioBus.Soon(subscription.DisposeAsync().AsTask());
        await bus.PublishAsync(new OrderPlaced("after"));
        await bus.IdleAsync();

        Assert.Equal(["during"], calls.All);
        Assert.Empty(bus.Monitor.GetStatistics().Subscriptions);
        Assert.Equal((1, 1, 1), (
            bus.Monitor.GetStatistics().Total.Accepted,
            bus.Monitor.GetStatistics().Total.Succeeded,
            bus.Monitor.GetStatistics().Total.Filtered));
    }

    [Fact]
    public async Task Dispose_WithAcceptedEvents_DeliversThemFirst()
    {
        TaskCompletionSource gate = new();
        Calls calls = new();
        await using var bus = ScenarioBus.Start(_ => { });
        IEventSubscription subscription = bus.Bus.Subscribe<OrderPlaced>("live", async (order, _, _) =>
        {
            await gate.Task;
            await calls.Note(order.OrderId);
        }, options => options.Queue(queue => queue.MaxConcurrency = 1));
        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.PublishAsync(new OrderPlaced("2"));

        Task disposing = subscription.DisposeAsync().AsTask();
        Assert.False(disposing.IsCompleted);
        gate.SetResult();
        await ScenarioBus.Soon(disposing);

        Assert.Equal(["1", "2"], calls.All);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dispose_FromItsOwnHandler_ReturnsAtOnce(bool inline)
    {
        IEventSubscription? subscription = null;
        int handled = 0;
        await using var bus = ScenarioBus.Start(_ => { });
        subscription = bus.Bus.Subscribe<OrderPlaced>("once", async (_, _, _) =>
        {
            handled++;
            await subscription!.DisposeAsync();
        }, options =>
        {
            if (inline)
            {
                options.Inline();
            }
            else
            {
                options.Queue(queue => queue.MaxConcurrency = 1);
            }
        });

        await ScenarioBus.Soon(bus.PublishAsync(new OrderPlaced("1")).AsTask());
        await bus.IdleAsync();
        await ScenarioBus.Soon(subscription.DisposeAsync().AsTask());
        await bus.PublishAsync(new OrderPlaced("2"));
        await bus.IdleAsync();

        Assert.Equal(1, handled);
    }

    [Fact]
    public async Task Publish_SeesTheSubscriptionsAsTheyStoodWhenItBegan()
    {
        Calls calls = new();
        ScenarioBus? bus = null;
        int subscribed = 0;
        bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("subscribes", (_, _, _) =>
        {
            string name = $"new-{++subscribed}";
            bus!.Bus.Subscribe<OrderPlaced>(name, (_, _, _) => calls.Note(name), options => options.Inline());
            return default;
        }).Inline());
        await using (bus)
        {
            await bus.PublishAsync(new OrderPlaced("1"));
            Assert.Empty(calls.All);

            await bus.PublishAsync(new OrderPlaced("2"));
            Assert.Equal(["new-1"], calls.All);
        }
    }

    [Fact]
    public async Task Subscribe_UnderATakenName_IsRefusedAndNothingChanges()
    {
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("taken", (_, _, _) => default).Inline());

        OptionsValidationException thrown = Assert.Throws<OptionsValidationException>(
            () => bus.Bus.Subscribe<OrderCancelled>("taken", (_, _, _) => default));

        Assert.Contains("Two subscriptions are named 'taken'", thrown.Message, StringComparison.Ordinal);
        Assert.Single(bus.Monitor.GetStatistics().Subscriptions);
    }

    [Fact]
    public async Task SubscribingAndDisposing_DuringPublishes_NeverCallsAnEndedHandler()
    {
        await using var bus = ScenarioBus.Start(_ => { });
        bool done = false;
        int published = 0;
        int calledAfterEnd = 0;
        Task[] publishers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            while (!Volatile.Read(ref done))
            {
                await bus.PublishAsync(new OrderPlaced("x"));
                Interlocked.Increment(ref published);
            }
        }))];

        for (int i = 0; i < 300; i++)
        {
            bool ended = false;
            bool inline = i % 2 == 0;
            IEventSubscription subscription = bus.Bus.Subscribe<OrderPlaced>(
                "comes-and-goes",
                (_, _, _) =>
                {
                    if (Volatile.Read(ref ended))
                    {
                        Interlocked.Increment(ref calledAfterEnd);
                    }

                    return default;
                },
                options => _ = inline ? options.Inline() : options.Queue(queue => queue.Capacity = 2));
            int seen = Volatile.Read(ref published);
            while (Volatile.Read(ref published) < seen + 2)
            {
                await Task.Yield();
            }

            await ScenarioBus.Soon(subscription.DisposeAsync().AsTask());
            Volatile.Write(ref ended, true);
        }

        done = true;
        await ScenarioBus.Soon(Task.WhenAll(publishers));
        await bus.IdleAsync();

        Assert.Equal(0, calledAfterEnd);
        Assert.True(bus.Monitor.GetStatistics().Total.Accepted > 300);
    }
}
