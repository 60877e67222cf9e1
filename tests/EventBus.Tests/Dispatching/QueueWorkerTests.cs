using System.Collections.Concurrent;

namespace EventBus.Tests.Dispatching;

/// <summary>How workers come and go, and what they leave behind.</summary>
public sealed class QueueWorkerTests
{
    private sealed record Order(int Publisher, int Number);

    private sealed record Invoice(int Number);

    [Fact]
    public async Task Worker_ThatEndsAfterEachEvent_IsStartedAgainForTheNext()
    {
        const int Events = 6_000;
        int handled = 0;
        await using var stand = TestStand.Build(bus => bus.Subscribe<Order>("s", (order, _, _) =>
        {
            Interlocked.Increment(ref handled);
            return order.Number % 3 == 1 ? throw new InvalidOperationException() : order.Number % 3 == 2 ? YieldAsync() : default;
        }).Retry(RetryPreset.None));

        for (int i = 0; i < Events; i++)
        {
            await stand.Bus.PublishAsync(new Order(0, i), CancellationToken.None);
            await stand.Monitor.WhenIdleAsync(TestStand.Cancellation);
            Assert.Equal(i + 1, Volatile.Read(ref handled));
        }

        Assert.Equal((Events * 2 / 3, Events / 3), (
            stand.Monitor.GetStatistics()["s"].Succeeded, stand.Monitor.GetStatistics()["s"].DeadLettered));
    }

    [Fact]
    public async Task WhenIdle_WithSeveralQueuesAtWork_NeverEndsBeforeAnAcceptedEvent()
    {
        int[] handled = new int[3];
        await using var stand = TestStand.Build(bus =>
        {
            bus.Subscribe<Order>("yields", async (order, _, _) =>
            {
                await Task.Yield();
                Volatile.Write(ref handled[order.Publisher], order.Number);
            });
            bus.Subscribe<Invoice>("completes", (invoice, _, _) =>
            {
                Volatile.Write(ref handled[2], invoice.Number);
                return default;
            });
        });

        int[] early = await Task.WhenAll(Enumerable.Range(0, 3).Select(publisher => Task.Run(
            async () =>
            {
                int early = 0;
                for (int i = 1; i <= 700; i++)
                {
                    await (publisher == 2
                        ? stand.Bus.PublishAsync(new Invoice(i), CancellationToken.None)
                        : stand.Bus.PublishAsync(new Order(publisher, i), CancellationToken.None));
                    await stand.IdleAsync();
                    early += Volatile.Read(ref handled[publisher]) == i ? 0 : 1;
                }

                return early;
            },
            TestStand.Cancellation)));

        Assert.Equal([0, 0, 0], early);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(10_000)]
    public async Task Events_OfASubscriptionThatHandlesOneAtATime_StartInTheOrderOfTheirAcceptance(int capacity)
    {
        ConcurrentQueue<Order> started = new();
        await using var stand = TestStand.Build(bus => bus.Subscribe<Order>("s", (order, _, _) =>
        {
            started.Enqueue(order);
            return order.Number % 3 == 0 ? YieldAsync() : default;
        }).Queue(queue => (queue.MaxConcurrency, queue.Capacity) = (1, capacity)));

        // Not awaited one by one: those that find no room wait, and must keep their order too.
        await TestStand.Soon(Task.WhenAll(Enumerable.Range(0, 3).Select(publisher => Task.Run(
            () => Task.WhenAll(Enumerable.Range(0, 600)
                .Select(number => stand.Bus.PublishAsync(new Order(publisher, number), CancellationToken.None).AsTask())),
            TestStand.Cancellation))));
        await stand.IdleAsync();

        Assert.All(
            started.GroupBy(static order => order.Publisher),
            static each => Assert.Equal(Enumerable.Range(0, 600), each.Select(static order => order.Number)));
        Assert.Equal(1_800, started.Count);
    }

    [Fact]
    public async Task AmbientValue_OfAPublisherOrAHandler_ReachesNoQueuedHandler()
    {
        AsyncLocal<string?> ambient = new();
        ConcurrentQueue<string?> seen = new();
        await using var stand = TestStand.Build(bus => bus.Subscribe<Order>("s", (order, _, _) =>
        {
            seen.Enqueue(ambient.Value);
            ambient.Value = $"handler {order.Number}";
            return (order.Number % 3) switch
            {
                0 => default,
                1 => YieldAsync(),
                _ => throw new InvalidOperationException(),
            };
        }).Retry(RetryPreset.None).Queue(static queue => queue.MaxConcurrency = 1));

        ambient.Value = "publisher";
        for (int i = 0; i < 200; i++)
        {
            await stand.Bus.PublishAsync(new Order(0, i), CancellationToken.None);
            if (i % 5 == 0)
            {
                await stand.IdleAsync();
            }
        }

        await stand.IdleAsync();

        Assert.Equal("publisher", ambient.Value);
        Assert.Equal(200, seen.Count);
        Assert.All(seen, Assert.Null);
    }

    [Fact]
    public async Task Context_OfEachQueuedEvent_IsItsOwnAndEndsWithItsHandler()
    {
        ConcurrentQueue<(Order Order, EventContext Context, Guid Before, Guid After)> seen = new();
        ConcurrentQueue<Exception> faults = new();
        await using var stand = TestStand.Build(bus => bus.Subscribe<Order>("s", async (order, context, _) =>
        {
            Guid before = context.EventId;
            if (order.Number % 2 == 0)
            {
                await Task.Yield();
            }

            seen.Enqueue((order, context, before, context.EventId));
            if (context.SubscriptionName != "s" || context.Attempt != 1 || context.Deadline is null || context.HopCount != 0)
            {
                faults.Enqueue(new InvalidOperationException(context.SubscriptionName));
            }
        }));

        for (int i = 0; i < 400; i++)
        {
            await stand.Bus.PublishAsync(new Order(0, i), CancellationToken.None);
        }

        await stand.IdleAsync();

        Assert.Empty(faults);
        Assert.Equal(400, seen.Select(static each => each.Before).Distinct().Count());
        Assert.All(seen, static each => Assert.Equal(each.Before, each.After));
        Assert.All(seen, static each => Assert.Throws<InvalidOperationException>(() => each.Context.EventId));
        Assert.All(seen, static each => Assert.Throws<InvalidOperationException>(() => each.Context.Deadline));
    }

    [Fact]
    public async Task Event_HandledAndGone_IsNotKeptByTheQueue()
    {
        List<WeakReference> events = [];
        await using var stand = TestStand.Build(bus =>
        {
            bus.Subscribe<Order>("one", static (order, _, _) => order.Number % 2 == 0 ? YieldAsync() : default);
            bus.Subscribe<Invoice>("first", static (_, _, _) => default);
            bus.Subscribe<Invoice>("second", static (_, context, _) => context.EventId == default ? default : YieldAsync());
        });
        await PublishAsync();
        await stand.IdleAsync();

        await TestStand.UntilAsync(() =>
        {
            GC.Collect();
            return !events.Exists(static each => each.IsAlive);
        });

        async Task PublishAsync()
        {
            for (int i = 0; i < 20; i++)
            {
                Order order = new(0, i);
                Invoice invoice = new(i);
                events.AddRange([new WeakReference(order), new WeakReference(invoice)]);
                await stand.Bus.PublishAsync(order, CancellationToken.None);
                await stand.Bus.PublishAsync(invoice, CancellationToken.None);
            }
        }
    }

    private static async ValueTask YieldAsync() => await Task.Yield();
}
