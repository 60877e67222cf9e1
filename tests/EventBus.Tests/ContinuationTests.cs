namespace EventBus.Tests;

public sealed class ContinuationTests
{
    [Fact]
    public void Capture_InThisProcess_IsSwitchedOn() => Assert.True(Continuation.Capture);

    [Fact]
    public async Task SynchronizationContext_OfATest_IsNone()
    {
        // Were there one, the bus would run its workers on it while the switch is on, and not on the thread pool.
        Assert.Null(SynchronizationContext.Current);
        await Task.Yield();
        Assert.Null(SynchronizationContext.Current);
    }

    [Fact]
    public async Task Start_WithoutASynchronizationContext_RunsOnThePoolWithoutTheCallersContext()
    {
        AsyncLocal<string> ambient = new() { Value = "publisher" };
        Work work = new(ambient);

        Continuation.Start(work);

        Assert.Null(await work.Seen.Task.WaitAsync(TimeSpan.FromSeconds(20), TestStand.Cancellation));
    }

    private sealed class Work(AsyncLocal<string> ambient) : IThreadPoolWorkItem
    {
        public TaskCompletionSource<string?> Seen { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Execute() => Seen.SetResult(ambient.Value);
    }
}
