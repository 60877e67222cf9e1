using EventBus.Delivering;

namespace EventBus.Publishing.StraightLines;

/// <summary>One thread's publishes along one route table on the straight line, and what the thread keeps for the next of them.</summary>
/// <remarks>
/// <para>
/// Written by its thread alone, with plain instructions, and read by whoever waits or counts. A publish is under way where as many have
/// begun as have ended and left together: the thread makes one after the other.
/// </para>
/// <para>
/// Between the store that begins a publish and the loads of the table and of the gate the processor may change the order. Whoever changes
/// those pays for it with a barrier over all threads of the process, so that no publish has to: see <see cref="PublishGate"/>.
/// </para>
/// </remarks>
internal sealed class PlainRuns(object table, int routes, bool countsEach)
{
    // Fields: the straight line takes each by reference.

    /// <summary>The route table; null when it has been replaced and all is counted.</summary>
    public object? Table = table;

    public long Begun;

    /// <summary>Publishes in which everything completed at once.</summary>
    public long Ended;

    /// <summary>Publishes that went on in another way.</summary>
    public long Left;

    /// <summary>How many deliveries each route has made, where a filter decides; null where each makes all.</summary>
    public readonly long[]? Succeeded = countsEach ? new long[routes] : null;

    /// <summary>How many events each route's filter has turned away; null where there is none.</summary>
    public readonly long[]? Filtered = countsEach ? new long[routes] : null;

    /// <summary>For the handlers of the next publish; null while one has taken it along.</summary>
    public Attempt? Attempt;

    /// <summary>Whether a handler was ever seen to go on after its call.</summary>
    public bool HandlersWait;

    // What goes on with a publish when handlers wait, for the next of that kind; null while one is under way.
    private object? _rest;

    public Thread Thread { get; } = Thread.CurrentThread;

    /// <summary>Whether none is under way. May say no of one that has just ended, and never yes of one that goes on.</summary>
    public bool IsQuiet
    {
        get
        {
            long over = Over;
            return Volatile.Read(ref Begun) == over;
        }
    }

    public long Over => Volatile.Read(ref Left) + Volatile.Read(ref Ended);

    /// <summary>An <see cref="InlineRest{TEvent}"/> that was kept; null where there is none.</summary>
    public object? TakeRest() => Interlocked.Exchange(ref _rest, null);

    /// <summary>Keeps what goes on with a publish, which has come to its end. On any thread.</summary>
    public void Keep<TEvent>(InlineRest<TEvent> rest)
        where TEvent : notnull
    {
        Volatile.Write(ref _rest, rest);
        ForgetIfReleased();
    }

    /// <summary>Keeps an attempt whose handlers have waited, unless there is another by now. On any thread.</summary>
    public void Keep(Attempt attempt)
    {
        Interlocked.CompareExchange(ref Attempt, attempt, null);
        ForgetIfReleased();
    }

    /// <summary>Lets go of the table and of all that is kept for it.</summary>
    public void Release()
    {
        Table = null;
        ForgetIfReleased();
    }

    // Between what was written before and the look there is a barrier: one of two that write and look sees the other's.
    private void ForgetIfReleased()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref Table) is null)
        {
            _rest = null;
            if (IsQuiet)
            {
                Attempt?.Forget();
                Attempt = null;
            }
        }
    }
}
