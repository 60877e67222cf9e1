using EventBus.Diagnostics;

namespace EventBus.Tests.Publishing;

/// <summary>What threads count each for itself adds up.</summary>
public sealed class StraightLineCountTests
{
    /// <summary>Public: a pattern reads it.</summary>
    public record Order(int Number, string Country);

    public sealed record Express(int Number, string Country) : Order(Number, Country);

    private sealed record Other(int Number);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Counts_OfThreadsThatHaveEnded_AreKept(bool filtered)
    {
        const int Threads = 300;
        await using var stand = TestStand.Build(bus =>
        {
            SubscriptionBuilder<Order> first = bus.Subscribe<Order>("first", static (_, _, _) => default).Inline();
            bus.Subscribe<Order>("second", static (_, _, _) => default).Inline();
            if (filtered)
            {
                first.Where(static order => order.Number % 2 == 0);
            }
        });
        Order[] orders = [.. Enumerable.Range(0, 10).Select(static number => new Order(number, "NO"))];

        for (int i = 0; i < Threads; i++)
        {
            await TestStand.OnThread(() =>
            {
                foreach (Order order in orders)
                {
                    Complete(stand.Bus.PublishAsync(order, CancellationToken.None));
                }
            });
        }

        EventBusStatistics statistics = stand.Monitor.GetStatistics();
        int turnedAway = filtered ? Threads * 5 : 0;
        Assert.Equal((Threads * 10, 0), (statistics.Published, statistics.Unmatched));
        Assert.Equal((Threads * 10) - turnedAway, statistics["first"].Succeeded);
        Assert.Equal((Threads * 10, turnedAway), (statistics["second"].Succeeded, statistics["first"].Filtered));
        Assert.True(statistics.Total.IsConserved);
    }

    [Fact]
    public async Task Publish_OfTheSameTypeFromItsHandler_IsCountedAndHandledOnce()
    {
        List<int> handled = [];
        TestStand? stand = null;
        stand = TestStand.Build(bus =>
        {
            bus.Subscribe<Order>("again", async (order, _, _) =>
            {
                handled.Add(order.Number);
                if (order.Number < 5)
                {
                    await stand!.Bus.PublishAsync(order with { Number = order.Number + 1 }, CancellationToken.None);
                }
            }).Inline();
            bus.Subscribe<Order>("after", static (_, _, _) => default).Inline();
        });
        await using (stand)
        {
            Complete(stand.Bus.PublishAsync(new Order(1, "NO"), CancellationToken.None));
            Complete(stand.Bus.PublishAsync(new Order(4, "NO"), CancellationToken.None));

            EventBusStatistics statistics = stand.Monitor.GetStatistics();
            Assert.Equal([1, 2, 3, 4, 5, 4, 5], handled);
            Assert.Equal((7, 7, 7), (statistics.Published, statistics["again"].Succeeded, statistics["after"].Succeeded));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Publish_FromAPredicate_IsCountedAndHandled(bool inline)
    {
        int handled = 0;
        TestStand? stand = null;
        stand = TestStand.Build(bus =>
        {
            SubscriptionBuilder<Order> outer = bus.Subscribe<Order>("outer", (_, _, _) => default).Where(order =>
            {
                Complete(stand!.Bus.PublishAsync(new Other(order.Number), CancellationToken.None));
                return order.Number % 2 == 0;
            });
            if (inline)
            {
                outer.Inline();
            }

            bus.Subscribe<Other>("inner", (_, _, _) =>
            {
                handled++;
                return default;
            }).Inline();
        });
        await using (stand)
        {
            for (int i = 0; i < 10; i++)
            {
                Complete(stand.Bus.PublishAsync(new Order(i, "NO"), CancellationToken.None));
            }

            await stand.IdleAsync();

            EventBusStatistics statistics = stand.Monitor.GetStatistics();
            Assert.Equal((10, 20, 5), (handled, statistics.Published, statistics.Unmatched));
            Assert.Equal((5, 5, 10), (statistics["outer"].Succeeded, statistics["outer"].Filtered, statistics["inner"].Succeeded));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Publish_WithSuppressedFlow_IsHandledAndCountedLikeAnyOther(bool inline)
    {
        int handled = 0;
        await using var stand = TestStand.Build(bus =>
        {
            SubscriptionBuilder<Order> subscription = bus.Subscribe<Order>("s", (_, context, _) =>
            {
                handled += context.CausationId is null ? 1 : 0;
                return default;
            });
            _ = inline ? subscription.Inline() : subscription.Queue(static queue => queue.MaxConcurrency = 1);
        });

        for (int i = 0; i < 10; i++)
        {
            if (i % 2 == 0)
            {
                using AsyncFlowControl flow = ExecutionContext.SuppressFlow();
                Complete(stand.Bus.PublishAsync(new Order(i, "NO"), CancellationToken.None));
                Assert.True(ExecutionContext.IsFlowSuppressed());
            }
            else
            {
                Complete(stand.Bus.PublishAsync(new Order(i, "NO"), CancellationToken.None));
            }
        }

        await stand.IdleAsync();

        Assert.Equal((10, 10, 10), (handled, stand.Monitor.GetStatistics().Published, stand.Monitor.GetStatistics()["s"].Succeeded));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Publish_ThroughTheTypeAndItsBases_IsHandledAndCountedOnceForEach(bool exactIsSubscribed)
    {
        List<string> handled = [];
        await using var stand = TestStand.Build(bus =>
        {
            bus.Subscribe<Order>("base", (order, _, _) => Note("base", order)).Inline();
            bus.Subscribe<object>("object", (order, _, _) => Note("object", (Order)order)).Inline();
            if (exactIsSubscribed)
            {
                bus.Subscribe<Express>("exact", (order, _, _) => Note("exact", order)).Inline();
            }
        });

        for (int i = 0; i < 20; i++)
        {
            Express order = new(i, "NO");
            Complete((i % 3) switch
            {
                0 => stand.Bus.PublishAsync<object>(order, CancellationToken.None),
                1 => stand.Bus.PublishAsync<Order>(order, CancellationToken.None),
                _ => stand.Bus.PublishAsync(order, CancellationToken.None),
            });
        }

        EventBusStatistics statistics = stand.Monitor.GetStatistics();
        Assert.Equal(20, statistics.Published);
        Assert.All(statistics.Subscriptions, each => Assert.Equal(20, each.Counts.Succeeded));
        Assert.Equal(handled.Count, handled.Distinct().Count());
        Assert.Equal(20 * statistics.Subscriptions.Count, handled.Count);

        ValueTask Note(string name, Order order)
        {
            handled.Add($"{name} {order.Number}");
            return default;
        }
    }

    [Fact]
    public async Task TwoBuses_ThatAlternateOnOneThread_KeepTheirEventsAndCountsApart()
    {
        int[] handled = new int[2];
        await using TestStand one = Build(0);
        await using TestStand two = Build(1);

        for (int i = 0; i < 100; i++)
        {
            Complete(one.Bus.PublishAsync(new Order(i, "NO"), CancellationToken.None));
            Complete(two.Bus.PublishAsync(new Order(i, "NO"), CancellationToken.None));
            Complete(two.Bus.PublishAsync<object>(new Order(i, "NO"), CancellationToken.None));
        }

        Assert.Equal([100, 200], handled);
        Assert.Equal((100, 100), (one.Monitor.GetStatistics().Published, one.Monitor.GetStatistics()["s"].Succeeded));
        Assert.Equal((200, 200), (two.Monitor.GetStatistics().Published, two.Monitor.GetStatistics()["s"].Succeeded));

        TestStand Build(int number) => TestStand.Build(bus => bus.Subscribe<Order>("s", (_, _, _) =>
        {
            handled[number]++;
            return default;
        }).Inline());
    }

    [Fact]
    public async Task Handler_ThatFailsOrYieldsNowAndThen_IsCountedOnceEachTime()
    {
        await using var stand = TestStand.Build(bus =>
        {
            bus.Subscribe<Order>("before", static (_, _, _) => default).Inline();
            bus.Subscribe<Order>("mixed", static (order, _, _) => order.Number % 3 == 0
                ? default
                : order.Number % 3 == 1 ? throw new InvalidOperationException() : YieldAsync()).Inline();
            bus.Subscribe<Order>("after", static (_, _, _) => default).Inline();
        });

        for (int i = 0; i < 90; i++)
        {
            await stand.Bus.PublishAsync(new Order(i, "NO"), CancellationToken.None);
        }

        EventBusStatistics statistics = stand.Monitor.GetStatistics();
        Assert.Equal((90, 90, 90), (statistics.Published, statistics["before"].Succeeded, statistics["after"].Succeeded));
        Assert.Equal((60, 30, true), (statistics["mixed"].Succeeded, statistics["mixed"].DeadLettered, statistics["mixed"].IsConserved));
    }

    private static async ValueTask YieldAsync() => await Task.Yield();

    private static void Complete(ValueTask publishing)
    {
        Assert.True(publishing.IsCompletedSuccessfully);
        publishing.GetAwaiter().GetResult();
    }
}
