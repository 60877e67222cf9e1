namespace Storefront.Payment.Contracts;

/// <summary>The bank has promised the money for an order. Carries what shipping needs, so that nobody has to ask Orders.</summary>
public sealed record PaymentAuthorized(string OrderId, string Country, decimal Amount);
