using EventBus;
using Storefront.Payment.Contracts;

namespace Storefront.Accounting;

/// <summary>One entry for all payments that have come together: the ledger is written to less often the busier the shop is.</summary>
internal sealed class BookPayments(Ledger ledger) : IBatchEventHandler<PaymentAuthorized>
{
    public ValueTask HandleAsync(IReadOnlyList<PaymentAuthorized> events, BatchContext context, CancellationToken cancellationToken)
    {
        ledger.Enter((Account.Payments, events.Sum(static payment => payment.Amount)));
        return default;
    }
}
