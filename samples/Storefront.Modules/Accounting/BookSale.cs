using EventBus;
using Storefront.Accounting.Contracts;
using Storefront.Fulfillment.Contracts;

namespace Storefront.Accounting;

internal sealed class BookSale(Ledger ledger, VatTable vatTable, IEventPublisher<SaleBooked> booked)
    : IEventHandler<OrderShipped>
{
    public ValueTask HandleAsync(OrderShipped @event, EventContext context, CancellationToken cancellationToken)
    {
        decimal net = Math.Round(@event.Amount / (1 + vatTable.RateOf(@event.Country)), 2);
        decimal vat = @event.Amount - net;
        ledger.Enter((Account.Sales, net), (Account.Vat, vat));
        return booked.PublishAsync(new SaleBooked(@event.OrderId, net, vat), cancellationToken);
    }
}
