using System.Collections.Concurrent;
using EventBus.Diagnostics;
using EventBus.Dispatching;

namespace EventBus.Tests.Dispatching;

/// <summary>Many publishers, handlers of every kind, and somebody who reads the counters all the while.</summary>
public sealed class DeliveryQueueLoadTests
{
    private const int Publishers = 4;
    private const int EventsOfEach = 420;
    private const int Events = Publishers * EventsOfEach;

    private readonly int[] _handled = new int[Events];
    private readonly ConcurrentQueue<string> _faults = new();
    private int _running;
    private int _mostRunning;

    public static TheoryData<int, int, QueueFullMode> Queues
    {
        get
        {
            TheoryData<int, int, QueueFullMode> queues = [];
            foreach (QueueFullMode mode in Enum.GetValues<QueueFullMode>())
            {
                queues.Add(1, 1, mode);
                queues.Add(3, 1, mode);
                queues.Add(1, 40, mode);
                queues.Add(3, 40, mode);
            }

            return queues;
        }
    }

    private sealed record Order(int Number);

    [Theory]
    [MemberData(nameof(Queues))]
    public async Task Queue_UnderLoad_IsConservedAtEveryReadAndExactAtRest(int maxConcurrency, int capacity, QueueFullMode mode)
    {
        await using var stand = TestStand.Build(bus => bus.Subscribe<Order>("s", (order, context, _) => HandleAsync(order, context))
            .Retry(retry => (retry.MaxRetryAttempts, retry.Delay) = (1, TimeSpan.Zero))
            .Queue(queue => (queue.MaxConcurrency, queue.Capacity, queue.FullMode) = (maxConcurrency, capacity, mode)));
        using CancellationTokenSource done = new();
        Task reading = TestStand.OnThread(() => Read(stand.Monitor, done.Token));

        int[] rejected = await Task.WhenAll(Enumerable.Range(0, Publishers)
            .Select(publisher => Task.Run(() => PublishAsync(stand, publisher), TestStand.Cancellation)))
            .WaitAsync(TimeSpan.FromSeconds(20), TestStand.Cancellation);
        await stand.IdleAsync();
        await done.CancelAsync();
        await reading;

        DeliveryCounts counts = stand.Monitor.GetStatistics()["s"];
        int failing = Enumerable.Range(0, Events).Count(number => Throws(number) && _handled[number] > 0);
        int handled = _handled.Count(static times => times > 0);
        Assert.Empty(_faults);
        Assert.InRange(_mostRunning, 1, maxConcurrency);
        Assert.Equal((Events - rejected.Sum(), 0), (counts.Accepted, counts.Pending));
        Assert.Equal((rejected.Sum(), handled - failing), (counts.Rejected, counts.Succeeded));
        Assert.Equal(counts.Accepted - counts.Succeeded, counts.DeadLettered);
        Assert.All(Enumerable.Range(0, Events), number => Assert.True(_handled[number] is 0 || _handled[number] == AttemptsOf(number)));
        Assert.Equal(mode == QueueFullMode.Wait ? Events : handled, handled);
        Assert.Equal(mode == QueueFullMode.Reject ? Events - handled : 0, counts.Rejected);
        Assert.Equal(Events, stand.Monitor.GetStatistics().Published);
    }

    [Fact]
    public async Task WaitingPublishers_SomeOfWhichGiveUp_AreAllToldAndTheOthersLetIn()
    {
        await using var stand = TestStand.Build(bus => bus.Subscribe<Order>("s", async (order, _, _) =>
        {
            Interlocked.Increment(ref _handled[order.Number]);
            await Task.Yield();
        }).Queue(queue => (queue.MaxConcurrency, queue.Capacity) = (2, 1)));

        int[] cancelled = await Task.WhenAll(Enumerable.Range(0, Publishers).Select(publisher => Task.Run(
            async () =>
            {
                int cancelled = 0;
                for (int i = 0; i < EventsOfEach; i++)
                {
                    using CancellationTokenSource cancellation = new();
                    Task publishing = stand.Bus.PublishAsync(new Order((publisher * EventsOfEach) + i), cancellation.Token).AsTask();
                    Task cancelling = i % 2 == 0 ? cancellation.CancelAsync() : Task.CompletedTask;
                    try
                    {
                        await publishing;
                    }
                    catch (OperationCanceledException)
                    {
                        cancelled++;
                    }

                    await cancelling;
                }

                return cancelled;
            },
            TestStand.Cancellation))).WaitAsync(TimeSpan.FromSeconds(20), TestStand.Cancellation);
        await stand.IdleAsync();

        DeliveryCounts counts = stand.Monitor.GetStatistics()["s"];
        Assert.DoesNotContain(_handled, static times => times > 1);
        Assert.Equal((Events, _handled.Sum(), cancelled.Sum()), (counts.Accepted, counts.Succeeded, counts.DeadLettered));
        Assert.Equal(Events, counts.Succeeded + counts.DeadLettered);
    }

    [Fact]
    public async Task Queue_AtFullSpeed_IsConservedAtEveryRead()
    {
        await using var stand = TestStand.Build(static bus => bus.Subscribe<Order>("s", static (_, _, _) => default)
            .Queue(static queue => (queue.MaxConcurrency, queue.Capacity) = (1, 1_000)));
        using CancellationTokenSource done = new();
        Task reading = TestStand.OnThread(() => Read(stand.Monitor, done.Token));
        Order order = new(1);

        for (int i = 0; i < 300_000; i++)
        {
            await stand.Bus.PublishAsync(order, CancellationToken.None);
        }

        await stand.IdleAsync();
        await done.CancelAsync();
        await reading;
        Assert.Empty(_faults);
        Assert.Equal(300_000, stand.Monitor.GetStatistics()["s"].Succeeded);
    }

    private static bool Throws(int number) => number % 7 == 0;

    private static int AttemptsOf(int number) => number % 7 <= 1 ? 2 : 1;

    private static async Task<int> PublishAsync(TestStand stand, int publisher)
    {
        int rejected = 0;
        for (int i = 0; i < EventsOfEach; i++)
        {
            try
            {
                await stand.Bus.PublishAsync(new Order((publisher * EventsOfEach) + i), CancellationToken.None);
            }
            catch (QueueFullException)
            {
                rejected++;
            }
        }

        return rejected;
    }

    private ValueTask HandleAsync(Order order, EventContext context)
    {
        Interlocked.Increment(ref _handled[order.Number]);
        int running = Interlocked.Increment(ref _running);
        int most;
        while ((most = _mostRunning) < running)
        {
            Interlocked.CompareExchange(ref _mostRunning, running, most);
        }

        switch (order.Number % 7)
        {
            case 0:
            case 1 when context.Attempt == 1:
                Interlocked.Decrement(ref _running);
                throw new InvalidOperationException();
            case 2:
                return GoOnAsync();
            case 3:
                Thread.SpinWait(200);
                Thread.Yield();
                break;
        }

        Interlocked.Decrement(ref _running);
        return default;
    }

    private async ValueTask GoOnAsync()
    {
        await Task.Yield();
        Interlocked.Decrement(ref _running);
    }

    private void Read(IEventBusMonitor monitor, CancellationToken done)
    {
        DeliveryCounts before = new();
        while (!done.IsCancellationRequested)
        {
            DeliveryCounts now = monitor.GetStatistics()["s"];
            bool isSound = now.IsConserved && now.Accepted >= before.Accepted && now.Succeeded >= before.Succeeded
                && now.DeadLettered >= before.DeadLettered && now is { Queued: >= 0, Running: >= 0, WaitingForRetry: >= 0 };
            if (!isSound)
            {
                _faults.Enqueue($"{before} then {now}");
            }

            before = now;
        }
    }
}
