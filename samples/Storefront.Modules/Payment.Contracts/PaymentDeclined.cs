namespace Storefront.Payment.Contracts;

/// <summary>The bank has refused the money for an order.</summary>
public sealed record PaymentDeclined(string OrderId, string Sku, int Quantity, string Cause);
