using EventBus;
using Microsoft.Extensions.DependencyInjection;
using Storefront.Orders.Contracts;
using Storefront.Payment.Contracts;

namespace Storefront.Inventory;

/// <summary>Takes ordered goods off the shelf, puts unpaid ones back, and reorders in time.</summary>
public static class InventoryModule
{
    /// <summary>Adds the module.</summary>
    public static IServiceCollection AddInventory(this IServiceCollection services)
    {
        services.AddSingleton<StockRoom>();
        return services.AddEventBus(bus =>
        {
            bus.Subscribe<OrderPlaced, ReserveStock>("inventory.reserve-stock");
            bus.Subscribe<PaymentDeclined, ReleaseStock>("inventory.release-stock");
        });
    }
}
