using System.Collections.Concurrent;

namespace Storefront.Payment;

/// <summary>The orders that a person should look at for fraud. Thread-safe.</summary>
internal sealed class ReviewDesk
{
    private readonly ConcurrentQueue<string> _orderIds = new();

    public void Lay(string orderId) => _orderIds.Enqueue(orderId);
}
