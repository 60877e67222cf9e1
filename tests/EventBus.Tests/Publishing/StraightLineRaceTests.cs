using System.Collections.Concurrent;
using EventBus.Diagnostics;

namespace EventBus.Tests.Publishing;

/// <summary>Threads that publish without a pause, while subscriptions come and go.</summary>
public sealed class StraightLineRaceTests
{
    private const int Rounds = 250;

    private readonly ConcurrentQueue<string> _faults = new();
    private long _handled;
    private long _handledByAll;
    private long _published;

    /// <summary>Public: a pattern reads it.</summary>
    public sealed record Order(int Number, string Country);

    [Theory]
    [InlineData("")]
    [InlineData("where")]
    [InlineData("pattern")]
    [InlineData("queue")]
    [InlineData("queue where")]
    public async Task Counts_WhileSubscriptionsComeAndGo_AreExactAtRest(string kind)
    {
        await using var stand = TestStand.Build(bus => bus.Subscribe<Order>("all", (_, _, _) =>
        {
            Interlocked.Increment(ref _handledByAll);
            return default;
        }).Inline());
        using CancellationTokenSource done = new();
        Task[] others = [.. Enumerable.Range(1, 3).Select(i => TestStand.OnThread(() => Publish(stand, i * 1_000_000, done.Token)))];
        Task reading = TestStand.OnThread(() => Read(stand.Monitor, done.Token));

        for (int round = 0; round < Rounds; round++)
        {
            await ComeAndGoAsync(stand, kind, round);
        }

        await done.CancelAsync();
        await TestStand.Soon(Task.WhenAll([.. others, reading]));
        await stand.IdleAsync();

        EventBusStatistics statistics = stand.Monitor.GetStatistics();
        Assert.Empty(_faults);
        Assert.Equal((_published, _published), (statistics.Published, _handledByAll));
        Assert.Equal(_published, statistics["all"].Succeeded);
        Assert.Equal(_handled + _handledByAll, statistics.Total.Succeeded);
        Assert.Equal((statistics.Total.Succeeded, 0, 0), (statistics.Total.Accepted, statistics.Total.Pending, statistics.Unmatched));
    }

    // Numbers below 1,000,000 are this thread's: published while the subscription is there for sure.
    private async Task ComeAndGoAsync(TestStand stand, string kind, int round)
    {
        ConcurrentDictionary<int, int> seen = new();
        bool isOver = false;
        IEventSubscription subscription = stand.Bus.Subscribe<Order>(
            $"s{round}",
            (order, _, _) =>
            {
                if (order.Number % 8 == 0)
                {
                    // Time for the end to come about, if it does not wait.
                    Thread.Yield();
                    Thread.SpinWait(100);
                }

                if (Volatile.Read(ref isOver))
                {
                    _faults.Enqueue($"{kind}: handled {order.Number} after the end of s{round}");
                }

                seen.AddOrUpdate(order.Number, 1, static (_, times) => times + 1);
                Interlocked.Increment(ref _handled);
                return default;
            },
            builder => Configure(builder, kind));

        for (int i = 0; i < 4; i++)
        {
            await PublishOneAsync(stand, new Order((round * 4) + i, i % 2 == 0 ? "NO" : "SE"));
        }

        await TestStand.Soon(subscription.DisposeAsync().AsTask());
        Volatile.Write(ref isOver, true);
        for (int i = 0; i < 4; i++)
        {
            bool isWanted = i % 2 == 0 || !(kind.Contains("where", StringComparison.Ordinal) || kind == "pattern");
            if (seen.GetValueOrDefault((round * 4) + i) != (isWanted ? 1 : 0))
            {
                _faults.Enqueue($"{kind}: s{round} has seen {i} {seen.GetValueOrDefault((round * 4) + i)} times");
            }
        }
    }

    private static void Configure(SubscriptionBuilder<Order> builder, string kind)
    {
        if (kind.Contains("queue", StringComparison.Ordinal))
        {
            builder.Queue(static queue => queue.Capacity = 3);
        }
        else
        {
            builder.Inline();
        }

        if (kind.Contains("where", StringComparison.Ordinal))
        {
            builder.Where(static order => order.Country == "NO");
        }

        if (kind == "pattern")
        {
            builder.Matching("""{ "country": ["NO"] }""");
        }
    }

    private void Publish(TestStand stand, int number, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            number++;
            PublishOneAsync(stand, new Order(number, number % 2 == 0 ? "NO" : "SE")).AsTask().GetAwaiter().GetResult();
            if (number % 16 == 0)
            {
                Thread.Yield();
            }
        }
    }

    private ValueTask PublishOneAsync(TestStand stand, Order order)
    {
        Interlocked.Increment(ref _published);
        return stand.Bus.PublishAsync(order, CancellationToken.None);
    }

    private void Read(IEventBusMonitor monitor, CancellationToken done)
    {
        DeliveryCounts before = new();
        while (!done.IsCancellationRequested)
        {
            EventBusStatistics statistics = monitor.GetStatistics();
            DeliveryCounts now = statistics.Total;
            if (!now.IsConserved || now.Accepted < before.Accepted || now.Succeeded < before.Succeeded || now is { Queued: < 0 } or { Running: < 0 })
            {
                _faults.Enqueue($"{before} then {now}");
            }

            before = now;
            Thread.Yield();
        }
    }
}
