namespace EventBus.Tests.Publishing;

public sealed class TopicCountTests
{
    private sealed record Order;

    [Fact]
    public async Task Published_WhileSubscriptionsComeAndGo_NeverGoesBack()
    {
        await using var stand = TestStand.Build(static bus => bus.Subscribe<Order>("s", static (_, _, _) => default).Inline());
        using CancellationTokenSource done = new();
        int back = 0;
        Task reading = TestStand.OnThread(() =>
        {
            long before = 0;
            while (!done.IsCancellationRequested)
            {
                long now = stand.Monitor.GetStatistics().Published;
                back += now < before ? 1 : 0;
                before = now;
            }
        });

        for (int i = 0; i < 60_000; i++)
        {
            await stand.Bus.PublishAsync(new Order(), CancellationToken.None);
            IEventSubscription other = stand.Bus.Subscribe<Order>("other", static (_, _, _) => default, static other => other.Inline());
            await stand.Bus.PublishAsync(new Order(), CancellationToken.None);
            await other.DisposeAsync();
        }

        await done.CancelAsync();
        await reading;
        Assert.Equal((0, 120_000), (back, stand.Monitor.GetStatistics().Published));
    }
}
