using EventBus;
using Storefront.Inventory.Contracts;

namespace Storefront.Accounting;

internal sealed class BookPurchase(Ledger ledger) : IEventHandler<StockReordered>
{
    public ValueTask HandleAsync(StockReordered @event, EventContext context, CancellationToken cancellationToken)
    {
        ledger.Enter((Account.Purchases, @event.Cost));
        return default;
    }
}
