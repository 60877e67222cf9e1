using EventBus;
using Storefront.Inventory.Contracts;
using Storefront.Orders.Contracts;

namespace Storefront.Inventory;

internal sealed class ReserveStock(StockRoom room, IEventPublisher<StockReordered> reordered) : IEventHandler<OrderPlaced>
{
    private const decimal PurchasePrice = 12.50m;

    public async ValueTask HandleAsync(OrderPlaced @event, EventContext context, CancellationToken cancellationToken)
    {
        int quantity = room.Take(@event.Sku, @event.Quantity);
        if (quantity > 0)
        {
            await reordered.PublishAsync(
                new StockReordered(@event.Sku, quantity, quantity * PurchasePrice), cancellationToken);
        }
    }
}
