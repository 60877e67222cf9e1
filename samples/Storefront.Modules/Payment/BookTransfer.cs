using EventBus;
using Storefront.Payment.Contracts;

namespace Storefront.Payment;

internal sealed class BookTransfer(Invoices invoices, IEventBus bus) : IEventHandler<TransferReceived>
{
    public async ValueTask HandleAsync(TransferReceived @event, EventContext context, CancellationToken cancellationToken)
    {
        Invoice invoice = invoices.Find(@event.OrderId);
        invoice.Book(@event.TransferId, @event.Amount);
        if (invoice.IsPaid)
        {
            await bus.CancelDelayedAsync(invoice.ReminderId, cancellationToken);
            await bus.PublishAsync(
                new PaymentAuthorized(@event.OrderId, invoice.Order.Country, invoice.Order.Total), cancellationToken);
        }
    }
}
