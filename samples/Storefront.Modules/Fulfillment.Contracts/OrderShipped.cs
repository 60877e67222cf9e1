namespace Storefront.Fulfillment.Contracts;

/// <summary>An order's parcel is on its way.</summary>
public sealed record OrderShipped(string OrderId, string Country, decimal Amount, string Carrier);
