using System.Diagnostics.CodeAnalysis;
using EventBus.Delivering;
using EventBus.Publishing.StraightLines;

namespace EventBus.Publishing;

/// <summary>Lets publishes in, counts those under way, and tells when all that began before a moment have ended.</summary>
/// <remarks>
/// <para>
/// Thread-safe. Publishes are counted in two halves, by the parity of the epoch they began in, as in sleepable RCU: whoever changes
/// a snapshot turns the epoch and waits for the old half alone, so that a stream of new publishes cannot hold it up.
/// </para>
/// <para>
/// Publishes on the straight line do not come by here. Each thread notes them in its <see cref="PlainRuns"/>, and only looks whether the
/// gate is closed or somebody waits. Whoever closes or waits makes up for it with a barrier over the whole process, which every thread
/// passes as if it had taken one itself: the classical asymmetric form of Dekker's mutual exclusion.
/// </para>
/// </remarks>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A semaphore whose wait handle is never asked for holds nothing to release.")]
internal sealed class PublishGate
{
    private readonly ActiveWork _even = new();
    private readonly ActiveWork _odd = new();
    private readonly SemaphoreSlim _turning = new(1);
    private readonly object _gate = new();
    private readonly List<PlainTally> _tallies = [];
    private TaskCompletionSource _plainEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile int _waiting;
    private int _epoch;
    private volatile bool _isClosed;
    private volatile bool _isSealed;

    /// <summary>Whether publishes from outside a handler are refused.</summary>
    public bool IsClosed => _isClosed;

    public bool IsEmpty => _odd.IsNone && _even.IsNone && FindPlainUnderWay().Count == 0;

    /// <summary>Begins a publish.</summary>
    /// <param name="insideHandler">A handler may publish while the bus drains: what was accepted is brought to its end.</param>
    /// <param name="ticket">To be given back to <see cref="Leave(ActiveWork)"/>.</param>
    /// <returns>False where the bus takes nothing more; then there is nothing to give back.</returns>
    public bool TryEnter(bool insideHandler, out ActiveWork ticket)
    {
        // Counted before the look: whoever closes the gate afterwards waits for this publish.
        ticket = GoOn();
        if (_isSealed || (_isClosed && !insideHandler))
        {
            ticket.Remove();
            return false;
        }

        return true;
    }

    /// <summary>Counts a publish that was let in already and leaves the straight line.</summary>
    /// <returns>The ticket, to be given back to <see cref="Leave(ActiveWork)"/>.</returns>
    public ActiveWork GoOn()
    {
        ActiveWork ticket = (Volatile.Read(ref _epoch) & 1) == 0 ? _even : _odd;
        ticket.Add();
        return ticket;
    }

    public static void Leave(ActiveWork ticket) => ticket.Remove();

    /// <summary>Takes the publishes along a table into account, before the first of them begins.</summary>
    public void Add(PlainTally tally)
    {
        lock (_gate)
        {
            _tallies.Add(tally);
        }
    }

    /// <summary>Forgets a table that no publish can see any more.</summary>
    public void Remove(PlainTally tally)
    {
        lock (_gate)
        {
            _tallies.Remove(tally);
        }
    }

    /// <summary>Ends a publish on the straight line in which everything completed at once.</summary>
    public void End(PlainRuns run)
    {
        Volatile.Write(ref run.Ended, run.Ended + 1);
        if (_waiting != 0)
        {
            NotePlainEnd();
        }
    }

    /// <summary>Ends a publish on the straight line that goes on in another way, and is counted there by now.</summary>
    public void Leave(PlainRuns run)
    {
        Volatile.Write(ref run.Left, run.Left + 1);
        if (_waiting != 0)
        {
            NotePlainEnd();
        }
    }

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
        await WhenPlainPastAsync().ConfigureAwait(Continuation.Capture);
        await _odd.WhenNoneAsync().ConfigureAwait(Continuation.Capture);
        await _even.WhenNoneAsync().ConfigureAwait(Continuation.Capture);
    }

    /// <summary>Waits until every publish that may have seen an older snapshot has ended.</summary>
    public async Task WhenPastAsync()
    {
        await _turning.WaitAsync().ConfigureAwait(Continuation.Capture);
        try
        {
            // These first: one that leaves the straight line meanwhile is counted in an epoch that is turned after it.
            await WhenPlainPastAsync().ConfigureAwait(Continuation.Capture);

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

    /// <summary>Waits until every publish on the straight line that began before has ended or left it.</summary>
    private async Task WhenPlainPastAsync()
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            Task next = NextPlainEnd();
            List<(PlainRuns Run, long Over)> before = [.. FindPlainUnderWay().Select(static run => (run, run.Over))];
            while (true)
            {
                before.RemoveAll(static each => each.Run.IsQuiet || each.Run.Over != each.Over);
                if (before.Count == 0)
                {
                    return;
                }

                await next.ConfigureAwait(Continuation.Capture);

                // Taken before the next look: an end after it completes this one.
                next = NextPlainEnd();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private void NotePlainEnd()
    {
        TaskCompletionSource ended;
        lock (_gate)
        {
            ended = _plainEnded;
        }

        ended.TrySetResult();
    }

    private Task NextPlainEnd()
    {
        lock (_gate)
        {
            if (_plainEnded.Task.IsCompleted)
            {
                _plainEnded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return _plainEnded.Task;
        }
    }

    private List<PlainRuns> FindPlainUnderWay()
    {
        List<PlainRuns> runs = [];
        lock (_gate)
        {
            if (_tallies.Count > 0)
            {
                Interlocked.MemoryBarrierProcessWide();
                _tallies.ForEach(tally => tally.AddUnderWay(runs));
            }
        }

        return runs;
    }
}
