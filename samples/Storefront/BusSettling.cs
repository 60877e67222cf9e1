using EventBus;
using EventBus.Diagnostics;

namespace Storefront;

/// <summary>Waits for the end of everything that was accepted, retries included.</summary>
internal static class BusSettling
{
    private static readonly TimeSpan ShortestLook = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestLook = TimeSpan.FromMilliseconds(50);

    /// <returns>The counters as they stand at the end: nothing is pending.</returns>
    public static async Task<EventBusStatistics> WhenSettledAsync(
        this IEventBusMonitor monitor, CancellationToken cancellationToken)
    {
        while (true)
        {
            await monitor.WhenIdleAsync(cancellationToken);
            EventBusStatistics statistics = monitor.GetStatistics();
            if (statistics.Total.Pending == 0)
            {
                return statistics;
            }

            // Idle, and yet not done: somebody waits for the time of a retry.
            TimeSpan wait = (statistics.NextRetryAt ?? DateTimeOffset.MinValue) - DateTimeOffset.UtcNow;
            await Task.Delay(
                wait < ShortestLook ? ShortestLook : wait > LongestLook ? LongestLook : wait, cancellationToken);
        }
    }
}
