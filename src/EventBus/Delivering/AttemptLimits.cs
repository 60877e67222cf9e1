using System.Threading.RateLimiting;

namespace EventBus.Delivering;

/// <summary>What an attempt has to be let in by before it begins, and what it holds until it has ended.</summary>
/// <remarks>Thread-safe. The limiters are not disposed here: others may share them.</remarks>
internal sealed class AttemptLimits(IReadOnlyList<RateLimiter> limiters, TimeProvider clock)
{
    // Where a limiter refuses and does not say when to come again.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until every limiter has let an attempt in.</summary>
    /// <returns>To be disposed when the attempt has ended.</returns>
    /// <exception cref="OperationCanceledException">The token fired; nothing is held.</exception>
    public async ValueTask<Admission> EnterAsync(CancellationToken cancellationToken)
    {
        Admission admission = new(limiters.Count);
        try
        {
            // Always in the same order: two attempts never wait for each other.
            foreach (RateLimiter limiter in limiters)
            {
                admission.Add(await EnterAsync(limiter, cancellationToken).ConfigureAwait(Continuation.Capture));
            }

            return admission;
        }
        catch
        {
            admission.Dispose();
            throw;
        }
    }

    private async ValueTask<RateLimitLease> EnterAsync(RateLimiter limiter, CancellationToken cancellationToken)
    {
        while (true)
        {
            RateLimitLease lease = await limiter.AcquireAsync(1, cancellationToken).ConfigureAwait(Continuation.Capture);
            if (lease.IsAcquired)
            {
                return lease;
            }

            // One that queues nobody: it is asked again.
            TimeSpan wait = lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan after) && after > TimeSpan.Zero ? after : Patience;
            lease.Dispose();
            await Task.Delay(TimerSpan.Cap(wait), clock, cancellationToken).ConfigureAwait(Continuation.Capture);
        }
    }

    /// <summary>What an attempt holds.</summary>
    internal sealed class Admission(int count) : IDisposable
    {
        private readonly List<RateLimitLease> _leases = new(count);

        public void Add(RateLimitLease lease) => _leases.Add(lease);

        public void Dispose()
        {
            foreach (RateLimitLease lease in _leases)
            {
                lease.Dispose();
            }
        }
    }
}
