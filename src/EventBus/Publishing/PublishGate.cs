using System.Diagnostics.CodeAnalysis;
using EventBus.Delivering;

namespace EventBus.Publishing;

/// <summary>Lets publishes in, counts those under way, and tells when all that began before a moment have ended.</summary>
/// <remarks>
/// Thread-safe. Publishes are counted in two halves, by the parity of the epoch they began in, as in sleepable RCU: whoever changes
/// a snapshot turns the epoch and waits for the old half alone, so that a stream of new publishes cannot hold it up.
/// </remarks>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A semaphore whose wait handle is never asked for holds nothing to release.")]
internal sealed class PublishGate
{
    private readonly ActiveWork _even = new();
    private readonly ActiveWork _odd = new();
    private readonly SemaphoreSlim _turning = new(1);
    private int _epoch;
    private volatile bool _isClosed;
    private volatile bool _isSealed;

    /// <summary>Whether publishes from outside a handler are refused.</summary>
    public bool IsClosed => _isClosed;

    public bool IsEmpty => _odd.IsNone && _even.IsNone;

    /// <summary>Begins a publish.</summary>
    /// <param name="insideHandler">A handler may publish while the bus drains: what was accepted is brought to its end.</param>
    /// <param name="ticket">To be given back to <see cref="Leave"/>.</param>
    /// <returns>False where the bus takes nothing more; then there is nothing to give back.</returns>
    public bool TryEnter(bool insideHandler, out ActiveWork ticket)
    {
        ticket = (Volatile.Read(ref _epoch) & 1) == 0 ? _even : _odd;

        // Counted before the look: whoever closes the gate afterwards waits for this publish.
        ticket.Add();
        if (_isSealed || (_isClosed && !insideHandler))
        {
            ticket.Remove();
            return false;
        }

        return true;
    }

    public static void Leave(ActiveWork ticket) => ticket.Remove();

    /// <summary>Refuses publishes from outside a handler.</summary>
    public void Close() => _isClosed = true;

    /// <summary>Refuses all publishes.</summary>
    public void Seal()
    {
        _isClosed = true;
        _isSealed = true;
    }

    /// <summary>Waits until no publish is under way.</summary>
    public async Task WhenEmptyAsync()
    {
        await _odd.WhenNoneAsync().ConfigureAwait(Continuation.Capture);
        await _even.WhenNoneAsync().ConfigureAwait(Continuation.Capture);
    }

    /// <summary>Waits until every publish that may have seen an older snapshot has ended.</summary>
    public async Task WhenPastAsync()
    {
        await _turning.WaitAsync().ConfigureAwait(Continuation.Capture);
        try
        {
            // Turned twice: a publish that read the epoch before the first turn may be counted after it.
            await TurnAsync().ConfigureAwait(Continuation.Capture);
            await TurnAsync().ConfigureAwait(Continuation.Capture);
        }
        finally
        {
            _turning.Release();
        }
    }

    private Task TurnAsync()
    {
        int old = Interlocked.Increment(ref _epoch) - 1;
        return ((old & 1) == 0 ? _even : _odd).WhenNoneAsync();
    }
}
