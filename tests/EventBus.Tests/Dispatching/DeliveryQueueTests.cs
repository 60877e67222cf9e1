namespace EventBus.Tests.Dispatching;

public sealed class DeliveryQueueTests
{
    [Fact]
    public async Task WaitingPublisher_LetInWhileWorkersAreFree_IsHandledAtOnce()
    {
        int running = 0;
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var stand = TestStand.Build(bus => bus
            .Subscribe<string>("s", async (_, _, _) =>
            {
                if (Interlocked.Increment(ref running) == 3)
                {
                    all.SetResult();
                }

                await all.Task;
            })
            .Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (1, 3)));

        Task[] publishing = [.. Enumerable.Range(0, 3).Select(_ => stand.PublishAsync("a").AsTask())];
        await Task.WhenAll(publishing).WaitAsync(TimeSpan.FromSeconds(20), TestStand.Cancellation);

        // Three places and three events: none may wait for another's end.
        await all.Task.WaitAsync(TimeSpan.FromSeconds(5), TestStand.Cancellation);
        await stand.IdleAsync();
        Assert.Equal(3, stand.Monitor.GetStatistics()["s"].Succeeded);
    }
}
