namespace Storefront.Payment.Contracts;

/// <summary>Money for an order has come to the shop's bank account: all of it or a part.</summary>
public sealed record TransferReceived(string TransferId, string OrderId, decimal Amount);
