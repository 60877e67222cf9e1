using EventBus;
using Storefront.Accounting.Contracts;

namespace Storefront.Orders;

internal sealed class CompleteOrder(OrderBook book) : IEventHandler<SaleBooked>
{
    public ValueTask HandleAsync(SaleBooked @event, EventContext context, CancellationToken cancellationToken)
    {
        book.Complete(@event.OrderId);
        return default;
    }
}
