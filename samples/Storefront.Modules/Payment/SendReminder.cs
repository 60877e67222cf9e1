using EventBus;
using Storefront.Payment.Contracts;

namespace Storefront.Payment;

internal sealed class SendReminder(OutgoingMail mail) : IEventHandler<PaymentOverdue>
{
    public ValueTask HandleAsync(PaymentOverdue @event, EventContext context, CancellationToken cancellationToken)
    {
        mail.Send(@event.OrderId, "You may have forgotten to pay.");
        return default;
    }
}
