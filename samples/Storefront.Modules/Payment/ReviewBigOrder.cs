using EventBus;
using Storefront.Orders.Contracts;

namespace Storefront.Payment;

internal sealed class ReviewBigOrder(ReviewDesk desk) : IEventHandler<OrderPlaced>
{
    public ValueTask HandleAsync(OrderPlaced @event, EventContext context, CancellationToken cancellationToken)
    {
        desk.Lay(@event.OrderId);
        return default;
    }
}
