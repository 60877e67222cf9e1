using Storefront.Orders.Contracts;

namespace Storefront.Payment;

/// <summary>What is to be paid for one order, and what has come of it. Not thread-safe: events of one order are handled in order.</summary>
internal sealed class Invoice(OrderPlaced order)
{
    private readonly Dictionary<string, decimal> _transfers = [];

    public OrderPlaced Order => order;

    /// <summary>The id of the reminder's event, to take it back by.</summary>
    public Guid ReminderId { get; } = Guid.CreateVersion7();

    public bool IsPaid => _transfers.Values.Sum() >= order.Total;

    // Assigned, not added: a handler that is tried again must not book a transfer twice.
    public void Book(string transferId, decimal amount) => _transfers[transferId] = amount;
}
