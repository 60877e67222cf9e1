using System.Collections.Concurrent;
using System.Globalization;

namespace Storefront.Fulfillment;

/// <summary>
/// Stands for the carrier's web service, which refuses some parcels twice before it takes them: always the same ones, so that
/// each run tells the same story. Thread-safe.
/// </summary>
internal sealed class Carrier
{
    private readonly ConcurrentDictionary<string, int> _refusals = new();

    /// <exception cref="HttpRequestException">The carrier does not answer properly.</exception>
    public void Book(string orderId)
    {
        if (!IsUnlucky(orderId))
        {
            return;
        }

        switch (_refusals.AddOrUpdate(orderId, 1, static (_, refusals) => refusals + 1))
        {
            case 1:
                throw new HttpRequestException("The carrier answered 503 Service Unavailable.");
            case 2:
                throw new HttpRequestException("The carrier closed the connection.");
            default:
                _refusals.TryRemove(orderId, out _);
                return;
        }
    }

    private static bool IsUnlucky(string orderId) =>
        int.Parse(orderId.AsSpan(orderId.IndexOf('-') + 1), CultureInfo.InvariantCulture) % 4 == 0;
}
