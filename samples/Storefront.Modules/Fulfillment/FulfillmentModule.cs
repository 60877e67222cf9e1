using EventBus;
using Microsoft.Extensions.DependencyInjection;
using Storefront.Payment.Contracts;

namespace Storefront.Fulfillment;

/// <summary>Ships what has been paid: at home with the own van, abroad with a carrier whose service is not always there.</summary>
public static class FulfillmentModule
{
    private const string Home = "NL";

    /// <summary>Adds the module.</summary>
    public static IServiceCollection AddFulfillment(this IServiceCollection services)
    {
        services.AddSingleton<Carrier>();
        return services.AddEventBus(bus =>
        {
            bus.Subscribe<PaymentAuthorized, ShipAtHome>("fulfillment.ship-at-home")
                .Where(payment => payment.Country == Home);
            bus.Subscribe<PaymentAuthorized, ShipAbroad>("fulfillment.ship-abroad")
                .Where(payment => payment.Country != Home)
                .Retry(retry =>
                {
                    retry.MaxRetryAttempts = 4;
                    retry.Delay = TimeSpan.FromMilliseconds(40);
                    retry.Backoff = RetryBackoff.Exponential;
                });
        });
    }
}
