using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Tests;

public sealed class SmokeTests
{
    public sealed record OrderPlaced(string Id, decimal Total);

    private sealed class Handler(List<string> seen) : IEventHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(OrderPlaced @event, EventContext context, CancellationToken cancellationToken)
        {
            lock (seen)
            {
                seen.Add($"{context.SubscriptionName} {@event.Id} {context.Attempt} {context.HopCount}");
            }

            return default;
        }
    }

    [Fact]
    public async Task Publish_ToAllKinds_IsDelivered()
    {
        List<string> seen = [];
        ServiceCollection services = new();
        services.AddSingleton(seen);
        services.AddEventBus(bus =>
        {
            bus.Subscribe<OrderPlaced, Handler>("class");
            bus.Subscribe<OrderPlaced>("inline", (order, context, _) =>
            {
                lock (seen)
                {
                    seen.Add($"inline {order.Id} {context.EventId}");
                }

                return default;
            }).Inline().Where(order => order.Total > 1);
            bus.Subscribe<object>("poison", (_, _, _) => throw new InvalidOperationException("no")).Retry(retry => retry.Delay = TimeSpan.Zero);
        });
        await using ServiceProvider provider = services.BuildServiceProvider();
        IEventBus bus = provider.GetRequiredService<IEventBus>();

        await bus.PublishAsync(new OrderPlaced("A", 10), TestContext.Current.CancellationToken);
        await bus.PublishAsync<object>(new OrderPlaced("B", 0), TestContext.Current.CancellationToken);
        await provider.GetRequiredService<IEventBusMonitor>().WhenIdleAsync(TestContext.Current.CancellationToken);

        Assert.Equal(3, seen.Count);
        var statistics = provider.GetRequiredService<IEventBusMonitor>().GetStatistics();
        Assert.True(statistics.Total.IsConserved);
        Assert.Equal(2, statistics["poison"].DeadLettered);
        Assert.Equal(3, (await provider.GetRequiredService<IDeadLetters>().QueryAsync(cancellationToken: TestContext.Current.CancellationToken).FirstAsync(TestContext.Current.CancellationToken)).Failures.Count);
    }
}
