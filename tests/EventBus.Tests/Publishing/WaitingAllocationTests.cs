namespace EventBus.Tests.Publishing;

/// <summary>What publishes cost whose events wait in a queue, or whose handlers wait.</summary>
[Collection(Alone.Name)]
public sealed class WaitingAllocationTests
{
    private const int Publishes = 10_000;

    // The state of an async method is an object of its own where code is not optimized: a call that waits costs that much more.
#if DEBUG
    private const double Unoptimized = 1.9;
#else
    private const double Unoptimized = 1;
#endif

    private sealed record OrderPlaced(int Number);

    // Two subscriptions share an envelope, so that both see one id: 80 bytes.
    [Theory]
    [InlineData(1, false, 0)]
    [InlineData(1, true, 0)]
    [InlineData(2, false, 80)]
    public async Task Publish_ToQueuedSubscriptions_AllocatesNoMoreForThePublisherThan(int subscriptions, bool filtered, int limit)
    {
        using ManualResetEventSlim gate = new();
        OrderPlaced order = new(1);
        await using TestStand stand = Build(subscriptions, filtered, (_, _, _) =>
        {
            gate.Wait();
            return default;
        });
        long bytes = 0;
        for (int run = 0; run < 2; run++)
        {
            // The workers are at their first event: to start them is not part of it, and the queues are as long as they get.
            gate.Reset();
            await stand.Bus.PublishAsync(order, CancellationToken.None);
            await TestStand.UntilAsync(() => stand.Monitor.GetStatistics().Total.Running == subscriptions);
            bytes = MeasurePublishing(stand, order);
            gate.Set();
            await stand.IdleAsync();
        }

        Assert.InRange(bytes, 0, limit * Publishes);
        Assert.Equal(subscriptions * 2L * (Publishes + 2), stand.Monitor.GetStatistics().Total.Succeeded);
    }

    // Some bytes more than nothing: workers and pool threads that come and go.
    [Theory]
    [InlineData(1, false, 32)]
    [InlineData(2, false, 112)]
    [InlineData(1, true, 400)]
    [InlineData(2, true, 800)]
    public async Task Publish_ToQueuedSubscriptions_AllocatesNoMoreFromEndToEndThan(int subscriptions, bool yields, int limit)
    {
        using ManualResetEventSlim gate = new();
        OrderPlaced order = new(1);
        await using TestStand stand = Build(subscriptions, false, (_, _, _) =>
        {
            gate.Wait();
            return yields ? YieldAsync() : default;
        });
        double bytes = 0;
        for (int run = 0; run < 2; run++)
        {
            // The first time none is handled before all wait, so that the queues are as long as they get.
            long before = GC.GetTotalAllocatedBytes(precise: true);
            MeasurePublishing(stand, order);
            gate.Set();
            await stand.IdleAsync();
            bytes = PerPublishSince(before);
        }

        Assert.InRange(bytes, 0, limit * (yields ? Unoptimized : 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Publish_ToInlineHandlersThatYield_AllocatesLittleBesidesTheirOwn(int handlers)
    {
        OrderPlaced order = new(1);
        await using var stand = TestStand.Build(bus =>
        {
            for (int i = 0; i < handlers; i++)
            {
                bus.Subscribe<OrderPlaced>($"s{i}", static (_, _, _) => YieldAsync()).Inline();
            }
        });
        double ownOfOne = await MeasureAsync(static () => YieldAsync());

        double bytes = await MeasureAsync(() => stand.Bus.PublishAsync(order, CancellationToken.None));

        Assert.InRange(bytes - (ownOfOne * handlers), 0, (150 + (150 * handlers)) * Unoptimized);
    }

    [Fact]
    public async Task Publish_InlineWithARetryThatIsNotNeeded_AllocatesNothing()
    {
        await using var stand = TestStand.Build(static bus => Retry(bus).Inline());

        long bytes = MeasurePublishing(stand, new OrderPlaced(1));

        Assert.Equal(0, bytes);
    }

    [Fact]
    public async Task Publish_QueuedWithARetryThatIsNotNeeded_AllocatesNothingForEachEvent()
    {
        OrderPlaced order = new(1);
        await using var stand = TestStand.Build(static bus => Retry(bus).Queue(static queue => queue.Capacity = 2 * Publishes));
        double bytes = 0;
        for (int run = 0; run < 2; run++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            MeasurePublishing(stand, order);
            await stand.IdleAsync();
            bytes = PerPublishSince(before);
        }

        // Not one object for each, queue growth included.
        Assert.InRange(bytes, 0, 100);
    }

    private static SubscriptionBuilder<OrderPlaced> Retry(EventBusBuilder bus) =>
        bus.Subscribe<OrderPlaced>("s", static (_, _, _) => default).Retry(static retry => retry.MaxRetryAttempts = 3);

    private static async ValueTask YieldAsync() => await Task.Yield();

    private static double PerPublishSince(long before) => (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Publishes;

    private static async Task<double> MeasureAsync(Func<ValueTask> call)
    {
        double bytes = 0;
        for (int run = 0; run < 2; run++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < Publishes; i++)
            {
                await call();
            }

            bytes = PerPublishSince(before);
        }

        return bytes;
    }

    private static long MeasurePublishing(TestStand stand, OrderPlaced order)
    {
        // This thread's first publish is not part of it: it makes what the thread keeps.
        Publish(stand, order);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Publishes; i++)
        {
            Publish(stand, order);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void Publish(TestStand stand, OrderPlaced order)
    {
        ValueTask publishing = stand.Bus.PublishAsync(order, CancellationToken.None);
        if (!publishing.IsCompletedSuccessfully)
        {
            throw new InvalidOperationException("The publish left the straight line.");
        }

        publishing.GetAwaiter().GetResult();
    }

    private static TestStand Build(
        int subscriptions, bool filtered, Func<OrderPlaced, EventContext, CancellationToken, ValueTask> handler) => TestStand.Build(bus =>
        {
            for (int i = 0; i < subscriptions; i++)
            {
                SubscriptionBuilder<OrderPlaced> builder = bus.Subscribe($"s{i}", handler)
                    .Queue(static queue => (queue.Capacity, queue.MaxConcurrency) = (2 * Publishes, 1));
                if (filtered)
                {
                    builder.Where(static order => order.Number > 0);
                }
            }
        });
}
