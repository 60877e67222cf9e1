namespace Storefront.Orders.Contracts;

/// <summary>A customer has placed an order, to be paid by card or, within a week, by transfer.</summary>
public sealed record OrderPlaced(
    string OrderId, string Country, string Sku, int Quantity, decimal Total, bool IsPaidByTransfer = false);
