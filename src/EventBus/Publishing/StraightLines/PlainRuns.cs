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
}
