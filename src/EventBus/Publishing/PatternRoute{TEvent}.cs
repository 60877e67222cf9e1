using EventBus.Delivering;
using EventBus.Subscriptions;

namespace EventBus.Publishing;

/// <summary>The way from a topic to a subscription whose first pattern the topic's index asks.</summary>
/// <remarks>
/// <para>
/// Knows from which version of the route table to which it stands in it: an index that is changed while an event is matched may
/// find a route that the publish, by its own table, must not take.
/// </para>
/// <para>Thread-safe; entered and taken out by one thread at a time.</para>
/// </remarks>
internal sealed class PatternRoute<TEvent>(Subscription subscription, PatternIndex<TEvent> index, int version)
    : PatternRoute, IFilteredCount
{
    private readonly BoundPatterns _patterns = subscription.Patterns;
    private int _lastVersion = int.MaxValue;
    private long _judgedBefore;
    private long _judgedUntil = -1;
    private long _found;

    /// <summary>The route of an event for which the index has found it.</summary>
    public Route<TEvent> Found { get; } = new(subscription, isIndexed: true);

    /// <summary>The route of an event that the index was not asked about.</summary>
    public Route<TEvent> Unasked { get; } = new(subscription);

    public Subscription Subscription => subscription;

    public BoundPatterns Patterns => _patterns;

    public long Order => subscription.Order;

    /// <summary>The events that the index judged while the route stood in the table, without those for which it was found.</summary>
    public long Filtered
    {
        get
        {
            // The judged before the found: an event is judged first. Between the two readings others may be found.
            long until = Volatile.Read(ref _judgedUntil);
            long judged = (until < 0 ? index.Judged : until) - _judgedBefore;
            return Math.Max(0, judged - Volatile.Read(ref _found));
        }
    }

    public bool IsIn(int tableVersion) => version <= tableVersion && tableVersion < Volatile.Read(ref _lastVersion);

    public void CountFound() => Interlocked.Increment(ref _found);

    /// <summary>Begins to count, when the table with the route is in force.</summary>
    public void Enter(long judged)
    {
        _judgedBefore = judged;
        subscription.Counters.AddFiltered(this);
    }

    /// <summary>Keeps the route from publishes that see a table of this version or a later one.</summary>
    public void EndBefore(int tableVersion) => Volatile.Write(ref _lastVersion, tableVersion);

    /// <summary>Ends the counting, when the table without the route is in force.</summary>
    public void Leave(long judged) => Volatile.Write(ref _judgedUntil, judged);

    public override void Forget()
    {
        index.Remove(this);
        subscription.Counters.SettleFiltered(this);
    }
}
