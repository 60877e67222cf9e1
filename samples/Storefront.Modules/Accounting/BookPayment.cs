using EventBus;
using Storefront.Payment.Contracts;

namespace Storefront.Accounting;

internal sealed class BookPayment(Ledger ledger) : IEventHandler<PaymentAuthorized>
{
    public ValueTask HandleAsync(PaymentAuthorized @event, EventContext context, CancellationToken cancellationToken)
    {
        ledger.Enter((Account.Payments, @event.Amount));
        return default;
    }
}
