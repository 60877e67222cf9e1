using EventBus;
using Storefront.Accounting.Contracts;

namespace Storefront.Accounting;

internal sealed class LearnVatRate(VatTable vatTable) : IEventHandler<VatRateChanged>
{
    public ValueTask HandleAsync(VatRateChanged @event, EventContext context, CancellationToken cancellationToken)
    {
        vatTable.Set(@event.Country, @event.Rate);
        return default;
    }
}
