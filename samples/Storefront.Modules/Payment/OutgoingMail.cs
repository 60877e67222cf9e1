using System.Collections.Concurrent;

namespace Storefront.Payment;

/// <summary>What goes to customers by mail. Thread-safe.</summary>
internal sealed class OutgoingMail
{
    private readonly ConcurrentQueue<(string OrderId, string Text)> _mails = new();

    public void Send(string orderId, string text) => _mails.Enqueue((orderId, text));
}
