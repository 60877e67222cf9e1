using EventBus;
using Microsoft.Extensions.DependencyInjection;
using Storefront.Orders.Contracts;
using Storefront.Payment.Contracts;

namespace Storefront.Payment;

/// <summary>Charges cards through a slow gateway, waits for transfers, and lets somebody look at the big orders.</summary>
public static class PaymentModule
{
    /// <summary>
    /// Adds the module. In the configuration <c>Payment:GatewayLatency</c> says how slow the gateway is, and <c>Payment:TimeToPay</c>
    /// after how long those who pay by transfer are reminded.
    /// </summary>
    public static IServiceCollection AddPayment(this IServiceCollection services)
    {
        services.AddSingleton<CardGateway>();
        services.AddSingleton<Invoices>();
        services.AddSingleton<OutgoingMail>();
        services.AddSingleton<ReviewDesk>();
        return services.AddEventBus(bus =>
        {
            // The gateway allows two calls at once. Six orders may wait for it; the publisher of the next waits for room.
            bus.Subscribe<OrderPlaced, ChargeCard>("payment.charge-card")
                .Where(order => !order.IsPaidByTransfer)
                .Queue(queue =>
                {
                    queue.Capacity = 6;
                    queue.MaxConcurrency = 2;
                });
            bus.Subscribe<OrderPlaced, SendInvoice>("payment.send-invoice")
                .Where(order => order.IsPaidByTransfer);

            // Two transfers for one order would both see an invoice that is not paid yet, if they were booked at once.
            bus.Subscribe<TransferReceived, BookTransfer>("payment.book-transfer")
                .OrderBy(transfer => transfer.OrderId);
            bus.Subscribe<PaymentOverdue, SendReminder>("payment.send-reminder");
            bus.Subscribe<OrderPlaced, ReviewBigOrder>("payment.review-big-order")
                .Where(order => order.Total >= 500);
        });
    }
}
