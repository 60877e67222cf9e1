using System.Collections.Concurrent;

namespace Storefront.Orders;

/// <summary>How far each order has come. Thread-safe.</summary>
public sealed class OrderBook
{
    private readonly ConcurrentDictionary<string, OrderStatus> _statuses = new();

    /// <summary>How far one order has come.</summary>
    public OrderStatus StatusOf(string orderId) => _statuses[orderId];

    /// <summary>How many orders have come this far.</summary>
    public int Count(OrderStatus status) => _statuses.Count(each => each.Value == status);

    internal void Open(string orderId) => _statuses[orderId] = OrderStatus.Open;

    internal void Complete(string orderId) => _statuses[orderId] = OrderStatus.Completed;

    internal void Cancel(string orderId) => _statuses[orderId] = OrderStatus.Cancelled;
}
