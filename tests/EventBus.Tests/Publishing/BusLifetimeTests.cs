using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Tests.Publishing;

public sealed class BusLifetimeTests
{
    private sealed record OrderPlaced;

    [Fact]
    public async Task NoSubscriber_OneTypePublishedUnderTwoStaticTypes_IsSaidOnce()
    {
        await using var stand = TestStand.Build(_ => { }, logs: true);

        await stand.PublishAsync(new OrderPlaced());
        await stand.PublishAsync<object>(new OrderPlaced());

        Assert.Single(stand.LogsOf(1001));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stopped_WhicheverWayTheBusStops_FiresWhenNothingIsPublishedAnyMore(bool inTime)
    {
        TaskCompletionSource gate = new();
        using CancellationTokenSource deadline = new();
        await using var stand = TestStand.Build(bus => bus.Subscribe<OrderPlaced>(
            "s", async (_, _, token) => await gate.Task.WaitAsync(token)));
        await stand.PublishAsync(new OrderPlaced());
        await TestStand.UntilAsync(() => stand.Monitor.GetStatistics()["s"].Running == 1);
        stand.Bus.Stopped.Register(() => throw new InvalidOperationException("a callback of the application's"));

        Task stopping = stand.Lifetime.StopAsync(deadline.Token);
        Assert.False(stand.Bus.Stopped.IsCancellationRequested);
        if (inTime)
        {
            gate.SetResult();
        }
        else
        {
            await deadline.CancelAsync();
        }

        await TestStand.Soon(stopping);
        Assert.True(stand.Bus.Stopped.IsCancellationRequested);
    }

    [Fact]
    public async Task Dispose_DrainTimeoutOfTheLongestTime_Drains()
    {
        await using ServiceProvider provider = TestStand.Collection(bus => bus
            .Configure(options => options.DrainTimeout = TimeSpan.MaxValue)
            .Subscribe<OrderPlaced>("s", (_, _, _) => default)).BuildServiceProvider();
        await provider.GetRequiredService<IEventBus>().PublishAsync(new OrderPlaced(), TestStand.Cancellation);

        Assert.Null(await Record.ExceptionAsync(async () => await provider.DisposeAsync()));
    }

    [Fact]
    public async Task Timeout_AbandonAfterOfTheLongestTime_StillFiresTheToken()
    {
        await using var stand = TestStand.Build(bus => bus
            .Configure(options => options.AbandonAfter = TimeSpan.MaxValue)
            .Subscribe<OrderPlaced>("s", async (_, _, token) => await Task.Delay(Timeout.Infinite, token))
            .Inline().Timeout(TimeSpan.FromSeconds(1)));
        ValueTask publishing = stand.PublishAsync(new OrderPlaced());

        Assert.Null(Record.Exception(() => stand.Clock.Advance(TimeSpan.FromSeconds(1))));

        await publishing;
        Assert.Equal(DeadLetterReason.TimedOut, (await stand.LetterAsync()).Reason);
    }
}
