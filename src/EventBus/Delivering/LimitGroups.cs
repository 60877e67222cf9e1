using System.Diagnostics.CodeAnalysis;
using System.Threading.RateLimiting;

namespace EventBus.Delivering;

/// <summary>The limits that subscriptions share by a name.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class LimitGroups : IDisposable
{
    private readonly object _gate = new();
    private readonly Dictionary<string, (int Limit, ConcurrencyLimiter Limiter)> _groups = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The limiter of a group, made for the first subscription that is in it. Who waits is let in in the order of coming.</summary>
    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "Kept, and disposed with the groups.")]
    public RateLimiter Get(string name, int limit)
    {
        lock (_gate)
        {
            if (!_groups.TryGetValue(name, out (int Limit, ConcurrencyLimiter Limiter) group))
            {
                ConcurrencyLimiterOptions options = new()
                {
                    PermitLimit = limit,
                    QueueLimit = int.MaxValue,
                    QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
                };
                group = (limit, new ConcurrencyLimiter(options));
                _groups.Add(name, group);
            }

            return group.Limiter;
        }
    }

    /// <summary>The limit of a group; null where nobody is in it.</summary>
    public int? LimitOf(string name)
    {
        lock (_gate)
        {
            return _groups.TryGetValue(name, out (int Limit, ConcurrencyLimiter Limiter) group) ? group.Limit : null;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach ((_, ConcurrencyLimiter limiter) in _groups.Values)
            {
                limiter.Dispose();
            }
        }
    }
}
