namespace Storefront.Payment.Contracts;

/// <summary>An order that was to be paid by transfer is not paid, or not wholly, and its time is up.</summary>
public sealed record PaymentOverdue(string OrderId);
