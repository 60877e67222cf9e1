using EventBus;
using Microsoft.Extensions.DependencyInjection;
using Storefront.Accounting.Contracts;
using Storefront.Fulfillment.Contracts;
using Storefront.Inventory.Contracts;
using Storefront.Payment.Contracts;

namespace Storefront.Accounting;

/// <summary>Writes everything that moves money into the ledger.</summary>
public static class AccountingModule
{
    /// <summary>Adds <see cref="Ledger"/>.</summary>
    public static IServiceCollection AddAccounting(this IServiceCollection services)
    {
        services.AddSingleton<Ledger>();
        services.AddSingleton<VatTable>();
        return services.AddEventBus(bus =>
        {
            bus.SubscribeBatch<PaymentAuthorized, BookPayments>("accounting.book-payments").Batch(batch => batch.Size = 50);
            bus.Subscribe<StockReordered, BookPurchase>("accounting.book-purchase");
            bus.Subscribe<OrderShipped, BookSale>("accounting.book-sale")
                .Retry(retry =>
                {
                    retry.MaxRetryAttempts = 2;
                    retry.Delay = TimeSpan.FromMilliseconds(20);
                    retry.Backoff = RetryBackoff.Constant;
                });

            // Inline: whoever publishes a new rate may rely on it as soon as the publish has ended.
            bus.Subscribe<VatRateChanged, LearnVatRate>("accounting.learn-vat-rate").Inline();
        });
    }
}
