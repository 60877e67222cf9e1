using EventBus.Diagnostics;

namespace EventBus.Tests.Diagnostics;

public sealed class EventBusHealthTests
{
    private sealed record OrderPlaced;

    [Fact]
    public async Task CheckHealth_QuietBus_IsHealthyWithoutFindings()
    {
        await using TestStand stand = Build((_, _, _) => default);

        EventBusHealth health = stand.Monitor.CheckHealth();

        Assert.Equal(EventBusHealthStatus.Healthy, health.Status);
        Assert.Empty(health.Findings);
    }

    [Theory]
    [InlineData(0, EventBusHealthStatus.Healthy)]
    [InlineData(7, EventBusHealthStatus.Healthy)]
    [InlineData(8, EventBusHealthStatus.Degraded)]
    [InlineData(10, EventBusHealthStatus.Degraded)]
    public async Task CheckHealth_QueueFill_IsDegradedFromEightTenths(int queued, EventBusHealthStatus expected)
    {
        TaskCompletionSource started = new();
        TaskCompletionSource release = new();
        await using TestStand stand = Build(
            async (_, _, _) =>
            {
                started.TrySetResult();
                await release.Task;
            },
            builder => builder.Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (10, 1)));
        await stand.PublishAsync(new OrderPlaced());
        await started.Task;
        for (int i = 0; i < queued; i++)
        {
            await stand.PublishAsync(new OrderPlaced());
        }

        EventBusHealth health = stand.Monitor.CheckHealth();

        Assert.Equal(expected, health.Status);
        Assert.Equal(
            expected == EventBusHealthStatus.Healthy ? [] : [$"The queue of 's' holds {queued} of 10 events."], health.Findings);
        release.SetResult();
        await stand.IdleAsync();
        Assert.Equal(EventBusHealthStatus.Healthy, stand.Monitor.CheckHealth().Status);
    }

    [Theory]
    [InlineData(1, EventBusHealthStatus.Healthy)]
    [InlineData(2, EventBusHealthStatus.Degraded)]
    public async Task CheckHealth_DeadLetters_AreCountedAgainstTheLimit(int letters, EventBusHealthStatus expected)
    {
        await using var stand = TestStand.Build(bus => bus
            .Configure(options => options.DegradedDeadLetters = 2)
            .Subscribe<OrderPlaced>("s", (_, _, _) => throw new InvalidOperationException()).Inline());
        for (int i = 0; i < letters; i++)
        {
            await stand.PublishAsync(new OrderPlaced());
        }

        Assert.Equal(expected, stand.Monitor.CheckHealth().Status);
        await stand.DeadLetters.DiscardAsync(new EventBus.DeadLettering.DeadLetterQuery(), TestStand.Cancellation);
        Assert.Equal(EventBusHealthStatus.Healthy, stand.Monitor.CheckHealth().Status);
    }

    [Fact]
    public async Task CheckHealth_AbandonedHandler_IsDegradedUntilItEnds()
    {
        TaskCompletionSource release = new();
        await using TestStand stand = Build(
            async (_, _, _) => await release.Task, builder => builder.Inline().Timeout(TimeSpan.FromSeconds(1)));
        ValueTask publishing = stand.PublishAsync(new OrderPlaced());
        stand.Clock.Advance(TimeSpan.FromSeconds(1));
        stand.Clock.Advance(TimeSpan.FromSeconds(2));
        await publishing;
        await stand.DeadLetters.DiscardAsync((await stand.LetterAsync()).Id, TestStand.Cancellation);

        EventBusHealth health = stand.Monitor.CheckHealth();
        release.SetResult();

        Assert.Equal(EventBusHealthStatus.Degraded, health.Status);
        Assert.Equal(["'s' has 1 abandoned handlers that have not ended."], health.Findings);
        Assert.Equal(EventBusHealthStatus.Healthy, stand.Monitor.CheckHealth().Status);
    }

    [Fact]
    public async Task CheckHealth_Announced_IsUnhealthyWhilePublishingStillWorks()
    {
        await using TestStand stand = Build((_, _, _) => default);

        stand.Lifetime.Announce();

        Assert.Equal(EventBusHealthStatus.Unhealthy, stand.Monitor.CheckHealth().Status);
        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();
        Assert.Equal(1, stand.Monitor.GetStatistics()["s"].Succeeded);
    }

    [Fact]
    public async Task CheckHealth_StoppedWithDeadLetters_IsUnhealthyWithAllFindings()
    {
        await using TestStand stand = Build((_, _, _) => throw new InvalidOperationException(), builder => builder.Inline());
        await stand.PublishAsync(new OrderPlaced());

        await stand.Lifetime.StopAsync(TestStand.Cancellation);

        Assert.Equal(EventBusHealthStatus.Unhealthy, stand.Monitor.CheckHealth().Status);
        Assert.Equal(2, stand.Monitor.CheckHealth().Findings.Count);
    }

    [Fact]
    public void ToString_WithFindings_GivesThemAll()
    {
        Assert.Equal("Healthy", new EventBusHealth(EventBusHealthStatus.Healthy, []).ToString());
        Assert.Equal("Degraded: One. Two.", new EventBusHealth(EventBusHealthStatus.Degraded, ["One.", "Two."]).ToString());
    }

    private static TestStand Build(
        Func<OrderPlaced, EventContext, CancellationToken, ValueTask> handler, Action<SubscriptionBuilder<OrderPlaced>>? configure = null) =>
        TestStand.Build(bus =>
        {
            SubscriptionBuilder<OrderPlaced> builder = bus.Subscribe("s", handler);
            configure?.Invoke(builder);
        });
}
