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
    public async Task Publish_AwaitedTwice_IsHarmless()
    {
        await using ScenarioBus bus = StartYielding();
        ValueTask publishing = bus.PublishAsync(new Order(1));

        await publishing;
        Exception? thrown = await Record.ExceptionAsync(async () => await publishing);

        Assert.Null(thrown);
    }

    private static ScenarioBus StartYielding() =>
        ScenarioBus.Start(static builder => builder.Subscribe<Order>("in", static async (_, _, _) => await Task.Yield()).Inline());
}
