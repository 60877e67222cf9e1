namespace Storefront.Accounting.Contracts;

/// <summary>An order's sale stands in the ledger, split into what the shop keeps and what the tax office gets.</summary>
public sealed record SaleBooked(string OrderId, decimal Net, decimal Vat);
