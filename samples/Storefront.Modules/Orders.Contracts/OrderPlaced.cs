namespace Storefront.Orders.Contracts;

/// <summary>A customer has placed an order.</summary>
public sealed record OrderPlaced(string OrderId, string Country, string Sku, int Quantity, decimal Total);
