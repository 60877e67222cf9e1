using EventBus.Delivering;

namespace EventBus.Tests.Delivering;

public sealed class ActiveWorkRaceTests
{
    [Fact]
    public async Task ActiveWork_WorkAddedBeforeWaiting_IsWaitedFor()
    {
        ActiveWork work = new();
        using CancellationTokenSource done = new();
        var load = Task.Run(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    work.Add();
                    work.Remove();
                }
            },
            TestStand.Cancellation);
        int early = 0;

        for (int i = 0; i < 300_000 && early == 0; i++)
        {
            work.Add();
            Task none = work.WhenNoneAsync();
            Thread.SpinWait(20);
            early += none.IsCompleted ? 1 : 0;
            work.Remove();
        }

        await done.CancelAsync();
        await load;
        Assert.Equal(0, early);
    }
}
