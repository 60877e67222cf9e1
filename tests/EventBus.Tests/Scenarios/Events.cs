namespace EventBus.Tests.Scenarios;

/// <summary>What the scenarios publish.</summary>
internal interface IShopEvent
{
    string OrderId { get; }
}

internal record OrderEvent(string OrderId) : IShopEvent;

internal sealed record OrderPlaced(string OrderId, decimal Total = 10) : OrderEvent(OrderId);

internal sealed record OrderCancelled(string OrderId) : OrderEvent(OrderId);

internal readonly record struct StockCounted(string OrderId, int Pieces) : IShopEvent;

internal sealed class CustomerMoved(string orderId) : IShopEvent
{
    public string OrderId { get; } = orderId;
}
