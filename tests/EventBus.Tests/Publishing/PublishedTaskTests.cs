#pragma warning disable CA2012 // Waiting for a ValueTask in ways that a pooled one forbids is what this is about.
using EventBus.Tests.Scenarios;

namespace EventBus.Tests.Publishing;

/// <summary>What PublishAsync returns may be waited for as any task may, also where a handler goes on after its call.</summary>
public sealed class PublishedTaskTests
{
    private sealed record Order(int Number);

    [Fact]
    public async Task Publish_WaitedForSynchronously_Blocks()
    {
        await using ScenarioBus bus = StartYielding();

        Exception? thrown = await Task.Run(
            () => Record.Exception(() => bus.PublishAsync(new Order(1)).GetAwaiter().GetResult()), TestStand.Cancellation);

        Assert.Null(thrown);
    }

    [Fact]
    public async Task Publish_AwaitedTwice_IsRefused()
    {
        await using ScenarioBus bus = StartYielding();
        ValueTask publishing = bus.PublishAsync(new Order(1));

        await publishing;

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await publishing);
    }

    [Fact]
    public async Task Publish_TurnedIntoATask_MayBeAwaitedTwice()
    {
        await using ScenarioBus bus = StartYielding();
        Task publishing = bus.PublishAsync(new Order(1)).AsTask();

        await publishing;
        await publishing;

        Assert.True(publishing.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Publish_NeverAwaited_IsDeliveredAllTheSame()
    {
        await using ScenarioBus bus = StartYielding();

        for (int i = 0; i < 100; i++)
        {
            _ = bus.PublishAsync(new Order(i));
        }

        await bus.IdleAsync();
        Assert.Equal(100, bus.Monitor.GetStatistics().Total.Succeeded);
    }

    [Fact]
    public async Task Publish_WhoseHandlersWait_OneAfterTheOther_EachEndsWithItsOwn()
    {
        TaskCompletionSource[] gates = [new(), new()];
        await using var bus = ScenarioBus.Start(builder =>
            builder.Subscribe<Order>("in", async (order, _, _) => await gates[order.Number].Task).Inline());
        Task first = bus.PublishAsync(new Order(0)).AsTask();
        Task second = bus.PublishAsync(new Order(1)).AsTask();

        gates[1].SetResult();
        await second;

        Assert.False(first.IsCompleted);
        gates[0].SetResult();
        await first;
    }

    private static ScenarioBus StartYielding() =>
        ScenarioBus.Start(static builder => builder.Subscribe<Order>("in", static async (_, _, _) => await Task.Yield()).Inline());
}
