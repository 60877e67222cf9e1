namespace EventBus.Tests.Awaiting;

/// <summary>Alone, for the memory of other tests would be counted.</summary>
[Collection(Alone.Name)]
public sealed class AwaitingMemoryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private sealed record Question;

    private sealed record Answer;

    [Fact]
    public async Task TenThousandWaits_HoweverTheyEnd_LeaveNoMemoryBehind()
    {
        await using var stand = TestStand.Build(bus => bus.Subscribe<Question>("nobody-answers", (_, _, _) => default).Inline());
        async Task WaitOftenAsync(int times)
        {
            for (int i = 0; i < times; i++)
            {
                ValueTask<Answer> next = stand.Bus.NextAsync<Answer>(Patience, TestStand.Cancellation);
                await stand.PublishAsync(new Answer());
                await next;
                Task<Answer> late = stand.Bus.NextAsync<Answer>(Patience, TestStand.Cancellation).AsTask();
                Task<Answer> unanswered = stand.Bus.RequestAsync<Answer>(new Question(), Patience, TestStand.Cancellation);
                stand.Clock.Advance(Patience);
                await Assert.ThrowsAsync<TimeoutException>(() => late);
                await Assert.ThrowsAsync<TimeoutException>(() => unanswered);
            }
        }

        await WaitOftenAsync(2_000);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        await WaitOftenAsync(10_000);
        long after = GC.GetTotalMemory(forceFullCollection: true);

        // A single object for each call would be a quarter of a million bytes at least.
        Assert.InRange(after - before, long.MinValue, 200_000);
    }

    [Fact]
    public async Task Bus_ThatSomebodyWaitedAt_IsLetGoOf()
    {
        WeakReference bus = await WaitAtABusAsync();
        for (int i = 0; i < 100 && bus.IsAlive; i++)
        {
            await Task.Yield();
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(bus.IsAlive);
    }

    private static async Task<WeakReference> WaitAtABusAsync()
    {
        await using var stand = TestStand.Build(_ => { });
        ValueTask<Answer> next = stand.Bus.NextAsync<Answer>(Patience, TestStand.Cancellation);
        await stand.PublishAsync(new Answer());
        await next;
        await TestStand.UntilAsync(() => stand.Monitor.GetStatistics().Subscriptions.Count == 0);
        return new WeakReference(stand.Bus);
    }
}
