using EventBus;
using Storefront.Orders.Contracts;
using Storefront.Payment.Contracts;

namespace Storefront.Payment;

internal sealed class ChargeCard(
    CardGateway gateway, IEventPublisher<PaymentAuthorized> authorized, IEventPublisher<PaymentDeclined> declined)
    : IEventHandler<OrderPlaced>
{
    public async ValueTask HandleAsync(OrderPlaced @event, EventContext context, CancellationToken cancellationToken)
    {
        if (await gateway.ChargeAsync(@event.Total, cancellationToken))
        {
            await authorized.PublishAsync(
                new PaymentAuthorized(@event.OrderId, @event.Country, @event.Total), cancellationToken);
        }
        else
        {
            await declined.PublishAsync(
                new PaymentDeclined(@event.OrderId, @event.Sku, @event.Quantity, "over the card's limit"), cancellationToken);
        }
    }
}
