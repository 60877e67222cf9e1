#:project ../src/EventBus
#:package Microsoft.Extensions.Hosting

using EventBus;
using Microsoft.Extensions.DependencyInjection;

ServiceCollection services = new();
services.AddEventBus(bus => bus
    .Subscribe<OrderPlaced, FillInCustomsForm>("shipping.customs-form")
    .Where(order => order.Country != "NL"));
await using ServiceProvider provider = services.BuildServiceProvider();

IEventBus bus = provider.GetRequiredService<IEventBus>();
await bus.PublishAsync(new OrderPlaced("A-1", "NL"));
await bus.PublishAsync(new OrderPlaced("A-2", "BR"));
await provider.GetRequiredService<IEventBusMonitor>().WhenSettledAsync();

internal sealed record OrderPlaced(string Id, string Country);

internal sealed class FillInCustomsForm : IEventHandler<OrderPlaced>
{
    public async ValueTask HandleAsync(OrderPlaced order, EventContext context, CancellationToken cancellationToken) =>
        await Console.Out.WriteLineAsync($"Order {order.Id} needs a customs form for {order.Country}.");
}
