namespace Storefront.Inventory.Contracts;

/// <summary>A shelf ran low and was filled up by the supplier, who wants to be paid.</summary>
public sealed record StockReordered(string Sku, int Quantity, decimal Cost);
