using EventBus.Delivering;

namespace EventBus.Tests.Delivering;

public sealed class ActiveWorkTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public void WhenNone_NothingUnderWay_IsCompleted()
    {
        ActiveWork work = new();

        Assert.True(work.IsNone);
        Assert.True(work.WhenNoneAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public void WhenNone_SomethingUnderWay_EndsWithTheLast()
    {
        ActiveWork work = new();
        work.Add();
        work.Add();
        Task none = work.WhenNoneAsync();

        work.Remove();
        Assert.False(none.IsCompleted);
        Assert.False(work.IsNone);
        work.Remove();

        Assert.True(none.IsCompletedSuccessfully);
        Assert.True(work.IsNone);
    }

    [Fact]
    public void WhenNone_SeveralWaiters_AllEnd()
    {
        ActiveWork work = new();
        work.Add();
        Task[] waiters = [work.WhenNoneAsync(), work.WhenNoneAsync()];

        work.Remove();

        Assert.All(waiters, waiter => Assert.True(waiter.IsCompletedSuccessfully));
    }

    [Fact]
    public void WhenNone_EndedOnce_WaitsAnewForLaterWork()
    {
        ActiveWork work = new();
        work.Add();
        Task first = work.WhenNoneAsync();
        work.Remove();
        work.Add();

        Task second = work.WhenNoneAsync();

        Assert.True(first.IsCompleted);
        Assert.False(second.IsCompleted);
        work.Remove();
        Assert.True(second.IsCompleted);
    }

    [Fact]
    public async Task WhenNone_RacingTheLastRemove_IsNeverMissed()
    {
        ActiveWork work = new();
        using Barrier barrier = new(2);
        var removing = Task.Run(
            () =>
            {
                for (int i = 0; i < 2_000; i++)
                {
                    work.Add();
                    barrier.SignalAndWait();
                    work.Remove();
                    barrier.SignalAndWait();
                }
            },
            TestStand.Cancellation);

        await Task.Run(
            () =>
            {
                for (int i = 0; i < 2_000; i++)
                {
                    barrier.SignalAndWait();
                    Task none = work.WhenNoneAsync();
                    barrier.SignalAndWait();

                    // Both have passed: the work has ended, so the waiter must know.
                    Assert.True(none.IsCompleted, $"Round {i} missed the end.");
                }
            },
            TestStand.Cancellation).WaitAsync(Limit, TestStand.Cancellation);
        await removing;
    }

    [Fact]
    public async Task WhenNone_UnderLoadOfManyThreads_EndsAtTheLatestWithTheLast()
    {
        ActiveWork work = new();
        work.Add();
        List<Task> waiters = [];
        Task load = Parallel.ForAsync(0, 100_000, TestStand.Cancellation, (i, _) =>
        {
            work.Add();
            if (i % 100 == 0)
            {
                Task waiter = work.WhenNoneAsync();
                lock (waiters)
                {
                    waiters.Add(waiter);
                }
            }

            work.Remove();
            return default;
        });

        await load;
        Assert.All(waiters, waiter => Assert.False(waiter.IsCompleted));
        work.Remove();

        Assert.Equal(1_000, waiters.Count);
        await Task.WhenAll(waiters).WaitAsync(Limit, TestStand.Cancellation);
    }
}
