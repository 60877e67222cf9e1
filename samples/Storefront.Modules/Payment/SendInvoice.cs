using EventBus;
using Storefront.Orders.Contracts;
using Storefront.Payment.Contracts;

namespace Storefront.Payment;

internal sealed class SendInvoice(Invoices invoices, OutgoingMail mail, IEventPublisher<PaymentOverdue> overdue)
    : IEventHandler<OrderPlaced>
{
    public ValueTask HandleAsync(OrderPlaced @event, EventContext context, CancellationToken cancellationToken)
    {
        Invoice invoice = invoices.Write(@event);
        mail.Send(@event.OrderId, "Please pay within a week.");
        return overdue.PublishAsync(
            new PaymentOverdue(@event.OrderId),
            new PublishOptions { EventId = invoice.ReminderId, DeliverAfter = invoices.TimeToPay },
            cancellationToken);
    }
}
