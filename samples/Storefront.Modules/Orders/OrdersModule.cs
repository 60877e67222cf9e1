using EventBus;
using Microsoft.Extensions.DependencyInjection;
using Storefront.Accounting.Contracts;
using Storefront.Payment.Contracts;

namespace Storefront.Orders;

/// <summary>Takes orders and follows them to their end.</summary>
public static class OrdersModule
{
    /// <summary>Adds <see cref="Checkout"/> and <see cref="OrderBook"/>.</summary>
    public static IServiceCollection AddOrders(this IServiceCollection services)
    {
        services.AddSingleton<OrderBook>();
        services.AddSingleton<Checkout>();
        return services.AddEventBus(bus =>
        {
            bus.Subscribe<SaleBooked, CompleteOrder>("orders.complete-order");
            bus.Subscribe<PaymentDeclined, CancelOrder>("orders.cancel-order");
        });
    }
}
