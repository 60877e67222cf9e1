#pragma warning disable xUnit1031, xUnit1051, CA1031, CA2012, IDE0058, IDE0005
using EventBus.Diagnostics;
using EventBus.Tests.Scenarios;

namespace EventBus.Tests.Publishing;

public sealed class PublishedTaskTests
{
    private sealed record Root(int Number);

    // what PublishAsync returns.
    [Fact]
    public async Task Publish_WaitedForSynchronously_Blocks()
    {
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<Root>("in", async (_, _, _) => await Task.Delay(50)).Inline());
        Exception? thrown = await Task.Run(() => Record.Exception(() => bus.PublishAsync(new Root(1)).GetAwaiter().GetResult()));

        Assert.Null(thrown);
    }

    [Fact]
    public async Task Publish_AwaitedTwice_IsHarmless()
    {
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<Root>("in", async (_, _, _) => await Task.Delay(20)).Inline());
        ValueTask publishing = bus.PublishAsync(new Root(1));
        await publishing;
        await publishing;
    }

    // T2: how far off.
    [Fact]
    public async Task Running_OfAQueueWithOneWorker_IsNeverMoreThanOne()
    {
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<Root>("work", (_, _, _) => default)
            .Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (100, 1)));
        using CancellationTokenSource end = new();
        long running = 0;
        long queued = 0;
        bool conserved = true;
        Thread[] readers = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            while (!end.IsCancellationRequested)
            {
                DeliveryCounts counts = bus["work"];
                running = Math.Max(running, counts.Running);
                queued = Math.Max(queued, counts.Queued);
                conserved &= counts.IsConserved;
            }
        }))];
        Array.ForEach(readers, static each => each.Start());
        DateTime until = DateTime.UtcNow.AddSeconds(4);
        while (DateTime.UtcNow < until)
        {
            await bus.PublishAsync(new Root(1));
        }

        await bus.IdleAsync();
        await end.CancelAsync();
        Array.ForEach(readers, static each => each.Join());

        Assert.Equal("1 100 True", $"{running} {queued} {conserved}");
    }

}
