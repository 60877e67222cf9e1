using EventBus;
using Storefront.Payment.Contracts;

namespace Storefront.Orders;

internal sealed class CancelOrder(OrderBook book) : IEventHandler<PaymentDeclined>
{
    public ValueTask HandleAsync(PaymentDeclined @event, EventContext context, CancellationToken cancellationToken)
    {
        book.Cancel(@event.OrderId);
        return default;
    }
}
