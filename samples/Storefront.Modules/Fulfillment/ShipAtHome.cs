using EventBus;
using Storefront.Fulfillment.Contracts;
using Storefront.Payment.Contracts;

namespace Storefront.Fulfillment;

internal sealed class ShipAtHome(IEventPublisher<OrderShipped> shipped) : IEventHandler<PaymentAuthorized>
{
    public ValueTask HandleAsync(PaymentAuthorized @event, EventContext context, CancellationToken cancellationToken) =>
        shipped.PublishAsync(new OrderShipped(@event.OrderId, @event.Country, @event.Amount, "own van"), cancellationToken);
}
