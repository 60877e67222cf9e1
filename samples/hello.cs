#:project ../src/EventBus
#:package Microsoft.Extensions.DependencyInjection

using EventBus;
using Microsoft.Extensions.DependencyInjection;

ServiceCollection services = new();
services.AddEventBus(bus =>
{
    bus.Subscribe<OrderPlaced>("inventory.reserve-stock",
        async (order, context, cancellationToken) => await Console.Out.WriteLineAsync($"stock reserved for {order.Id}"));
    bus.Subscribe<OrderPlaced>("shipping.customs-form",
        async (order, context, cancellationToken) => await Console.Out.WriteLineAsync($"customs form for {order.Country}"))
        .Where(order => order.Country != "NL");
});
await using ServiceProvider provider = services.BuildServiceProvider();

IEventBus bus = provider.GetRequiredService<IEventBus>();
await bus.PublishAsync(new OrderPlaced("A-1", "NL"));
await bus.PublishAsync(new OrderPlaced("A-2", "BR"));
await provider.GetRequiredService<IEventBusMonitor>().WhenIdleAsync();

internal sealed record OrderPlaced(string Id, string Country);
