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
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<Root>("in", async (_, _, _) => await Task.Yield()).Inline());
        Exception? thrown = await Task.Run(() => Record.Exception(() => bus.PublishAsync(new Root(1)).GetAwaiter().GetResult()));

        Assert.Null(thrown);
    }

    [Fact]
    public async Task Publish_AwaitedTwice_IsHarmless()
    {
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<Root>("in", async (_, _, _) => await Task.Yield()).Inline());
        ValueTask publishing = bus.PublishAsync(new Root(1));
        await publishing;
        await publishing;
    }


}
