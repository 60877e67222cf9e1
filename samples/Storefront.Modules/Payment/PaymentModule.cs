using EventBus;
using Microsoft.Extensions.DependencyInjection;
using Storefront.Orders.Contracts;

namespace Storefront.Payment;

/// <summary>Charges cards through a slow gateway, and lets somebody look at the big orders.</summary>
public static class PaymentModule
{
    /// <summary>Adds the module. <c>Payment:GatewayLatency</c> in the configuration says how slow the gateway is.</summary>
    public static IServiceCollection AddPayment(this IServiceCollection services)
    {
        services.AddSingleton<CardGateway>();
        services.AddSingleton<ReviewDesk>();
        return services.AddEventBus(bus =>
        {
            // The gateway allows two calls at once. Six orders may wait for it; the publisher of the next waits for room.
            bus.Subscribe<OrderPlaced, ChargeCard>("payment.charge-card")
                .Queue(queue =>
                {
                    queue.Capacity = 6;
                    queue.MaxConcurrency = 2;
                });
            bus.Subscribe<OrderPlaced, ReviewBigOrder>("payment.review-big-order")
                .Where(order => order.Total >= 500);
        });
    }
}
