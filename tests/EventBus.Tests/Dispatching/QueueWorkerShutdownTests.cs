using System.Collections.Concurrent;
using EventBus.DeadLettering;
using EventBus.Diagnostics;

namespace EventBus.Tests.Dispatching;

/// <summary>A bus that stops while handlers block their threads: each delivery has one outcome.</summary>
public sealed class QueueWorkerShutdownTests
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(2.1);

    private readonly ConcurrentDictionary<int, bool> _begun = new();
    private readonly ConcurrentDictionary<int, bool> _ended = new();

    private sealed record Order(int Number);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task GiveUp_WhileHandlersBlock_WritesEachOffOnceAndTheirLateSuccessChangesNothing(int maxConcurrency)
    {
        using ManualResetEventSlim block = new();
        await using TestStand stand = Build(maxConcurrency, block);
        await PublishAsync(stand, 8);
        await TestStand.UntilAsync(() => _begun.Count == maxConcurrency);

        await StopAsync(stand);
        await TestStand.UntilAsync(() => stand.Monitor.GetStatistics()["s"].Pending == 0);
        List<DeadLetter> letters = await stand.LettersAsync();
        block.Set();
        await TestStand.UntilAsync(() => _ended.Count == maxConcurrency);

        Assert.Equal(Enumerable.Range(0, 8), letters.Select(static letter => ((Order)letter.Event).Number).Order());
        Assert.All(letters, static letter => Assert.Equal(DeadLetterReason.Shutdown, letter.Reason));
        Assert.Equal(letters.Count, letters.Select(static letter => letter.Metadata.EventId).Distinct().Count());
        AssertCounts(stand, succeeded: 0, deadLettered: 8);
    }

    [Fact]
    public async Task GiveUp_AtTheMomentTheHandlersEnd_LeavesOneOutcomeForEachDelivery()
    {
        for (int round = 0; round < 60; round++)
        {
            _begun.Clear();
            _ended.Clear();
            using ManualResetEventSlim block = new();
            await using TestStand stand = Build(3, block);
            await PublishAsync(stand, 6);
            await TestStand.UntilAsync(() => _begun.Count == 3);
            int turns = 0;

            // Let go after some turns of the clock: before, during and after the moment when it gives up.
            await StopAsync(stand, () =>
            {
                if (++turns > round % 5)
                {
                    block.Set();
                }
            });
            block.Set();
            await TestStand.UntilAsync(() => stand.Monitor.GetStatistics()["s"].Pending == 0 && _ended.Count >= 3);

            DeliveryCounts counts = stand.Monitor.GetStatistics()["s"];
            List<DeadLetter> letters = await stand.LettersAsync();
            Assert.Equal((6, true), (counts.Accepted, counts.IsConserved));
            Assert.Equal(6, counts.Succeeded + counts.DeadLettered);
            Assert.Equal(counts.DeadLettered, letters.Select(static letter => ((Order)letter.Event).Number).Distinct().Count());
            Assert.Equal(counts.DeadLettered, letters.Count);
        }
    }

    [Fact]
    public async Task Stop_WithEventsOfEveryKindUnderWay_EndsEachOnce()
    {
        using ManualResetEventSlim block = new();
        TaskCompletionSource deaf = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var stand = TestStand.Build(bus => bus.Subscribe<Order>("s", async (order, context, token) =>
        {
            _begun[order.Number] = true;
            switch (order.Number % 4)
            {
                case 0:
                    block.Wait(TestStand.Cancellation);
                    break;
                case 1:
                    await deaf.Task;
                    break;
                case 2:
                    await Task.Delay(Timeout.Infinite, token);
                    break;
                default:
                    throw new InvalidOperationException();
            }
        }).Queue(static queue => queue.MaxConcurrency = 6));
        await PublishAsync(stand, 16);
        await TestStand.UntilAsync(() => _begun.Count(static each => each.Key % 4 != 3) == 6);

        await StopAsync(stand);

        // The clock goes faster than the letters are written.
        await TestStand.UntilAsync(() => stand.Monitor.GetStatistics()["s"].Pending == 0);
        List<DeadLetter> letters = await stand.LettersAsync();
        block.Set();
        deaf.SetResult();
        await TestStand.UntilAsync(() => stand.Monitor.GetStatistics()["s"] is var counts && counts.Abandoned == counts.LateEnds);

        Assert.Equal(Enumerable.Range(0, 16), letters.Select(static letter => ((Order)letter.Event).Number).Order());
        AssertCounts(stand, succeeded: 0, deadLettered: 16);
    }

    private static void AssertCounts(TestStand stand, long succeeded, long deadLettered)
    {
        DeliveryCounts counts = stand.Monitor.GetStatistics()["s"];
        Assert.Equal((succeeded + deadLettered, succeeded, deadLettered), (counts.Accepted, counts.Succeeded, counts.DeadLettered));
        Assert.Equal((0, 0, 0), (counts.Queued, counts.Running, counts.WaitingForRetry));
    }

    private static async Task PublishAsync(TestStand stand, int events)
    {
        for (int i = 0; i < events; i++)
        {
            await stand.Bus.PublishAsync(new Order(i), CancellationToken.None);
        }
    }

    private static async Task StopAsync(TestStand stand, Action? turned = null)
    {
        using CancellationTokenSource deadline = new();
        Task stopping = stand.Lifetime.StopAsync(deadline.Token);
        await deadline.CancelAsync();
        await TestStand.UntilAsync(() =>
        {
            stand.Clock.Advance(Step);
            turned?.Invoke();
            return stopping.IsCompleted;
        });
        await stopping;
    }

    private TestStand Build(int maxConcurrency, ManualResetEventSlim block) => TestStand.Build(bus => bus
        .Subscribe<Order>("s", (order, _, _) =>
        {
            _begun[order.Number] = true;
            block.Wait(TestStand.Cancellation);
            _ended[order.Number] = true;
            return default;
        })
        .Queue(queue => queue.MaxConcurrency = maxConcurrency));
}
