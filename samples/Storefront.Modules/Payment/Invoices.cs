using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Storefront.Orders.Contracts;

namespace Storefront.Payment;

/// <summary>The invoices of those who pay by transfer. Thread-safe, a single invoice is not.</summary>
internal sealed class Invoices(IConfiguration configuration)
{
    private readonly ConcurrentDictionary<string, Invoice> _byOrder = new();

    /// <summary>How long a customer has before somebody is reminded.</summary>
    public TimeSpan TimeToPay { get; } = TimeSpan.Parse(
        configuration["Payment:TimeToPay"] ?? "7.00:00:00", CultureInfo.InvariantCulture);

    public Invoice Write(OrderPlaced order) =>
        _byOrder.GetOrAdd(order.OrderId, static (_, order) => new Invoice(order), order);

    /// <exception cref="InvalidOperationException">There is none yet.</exception>
    public Invoice Find(string orderId) => _byOrder.TryGetValue(orderId, out Invoice? invoice)
        ? invoice
        : throw new InvalidOperationException($"No invoice for order {orderId} is written yet.");
}
