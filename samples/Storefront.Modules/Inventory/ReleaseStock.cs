using EventBus;
using Storefront.Payment.Contracts;

namespace Storefront.Inventory;

internal sealed class ReleaseStock(StockRoom room) : IEventHandler<PaymentDeclined>
{
    public ValueTask HandleAsync(PaymentDeclined @event, EventContext context, CancellationToken cancellationToken)
    {
        room.PutBack(@event.Sku, @event.Quantity);
        return default;
    }
}
