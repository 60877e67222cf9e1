using EventBus;
using Storefront.Orders.Contracts;

namespace Storefront.Orders;

/// <summary>Where an order comes in. It is told to whom it may concern, and this module knows none of them.</summary>
public sealed class Checkout(OrderBook book, IEventPublisher<OrderPlaced> placed)
{
    /// <summary>Takes an order. Ends when every module that wants the order has it in its queue.</summary>
    public ValueTask PlaceAsync(OrderPlaced order, CancellationToken cancellationToken = default)
    {
        book.Open(order.OrderId);

        // Whatever is published on account of this order, by any module, will carry the order's number.
        return placed.PublishAsync(order, new PublishOptions { CorrelationId = order.OrderId }, cancellationToken);
    }
}
