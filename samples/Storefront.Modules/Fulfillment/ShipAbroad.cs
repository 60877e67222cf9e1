using EventBus;
using Storefront.Fulfillment.Contracts;
using Storefront.Payment.Contracts;

namespace Storefront.Fulfillment;

internal sealed class ShipAbroad(Carrier carrier, IEventPublisher<OrderShipped> shipped) : IEventHandler<PaymentAuthorized>
{
    public ValueTask HandleAsync(PaymentAuthorized @event, EventContext context, CancellationToken cancellationToken)
    {
        carrier.Book(@event.OrderId);
        return shipped.PublishAsync(new OrderShipped(@event.OrderId, @event.Country, @event.Amount, "carrier"), cancellationToken);
    }
}
