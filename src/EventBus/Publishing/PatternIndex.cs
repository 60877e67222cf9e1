using EventBus.Patterns;

namespace EventBus.Publishing;

/// <summary>
/// Finds the subscriptions of a topic whose patterns an event matches, at a cost that does not grow with the number of the others,
/// and counts the events it was asked about.
/// </summary>
/// <remarks>Asked without a lock from many threads at once, while one thread at a time adds and removes.</remarks>
internal sealed class PatternIndex<TEvent>
{
    private const int CountBits = 48;
    private const int VersionMask = (1 << (64 - CountBits)) - 1;
    private const long CountMask = (1L << CountBits) - 1;

    // Copied on write. One for each type that subscriptions name: each sees the names and forms of its own JSON.
    private volatile Group[] _groups = [];

    // The version of the route table in the upper bits, the events judged in the lower: one word, so that an event is counted
    // under exactly one version. It takes 2^48 events to overflow the count, and 2^16 changes within one publish to mistake a version.
    private long _judged;

    /// <summary>The events it was asked about.</summary>
    public long Judged => Volatile.Read(ref _judged) & CountMask;

    /// <summary>Counts an event for a publish that has read a table of this version.</summary>
    /// <returns>False where the subscriptions are just being changed: read the table again.</returns>
    public bool TryCount(int tableVersion)
    {
        long seen = Volatile.Read(ref _judged);
        while ((int)(seen >>> CountBits) == (tableVersion & VersionMask))
        {
            long found = Interlocked.CompareExchange(ref _judged, seen + 1, seen);
            if (found == seen)
            {
                return true;
            }

            seen = found;
        }

        return false;
    }

    /// <summary>Goes on to the version of a table that is in force now.</summary>
    /// <returns>The events judged under the versions before it.</returns>
    public long Turn() => Interlocked.Add(ref _judged, 1L << CountBits) & CountMask;

    /// <summary>Adds the routes whose patterns an event matches, in no order. May throw what the event's properties throw.</summary>
    public void Match(TEvent @event, List<PatternRoute<TEvent>> found)
    {
        foreach (Group group in _groups)
        {
            group.Match(@event, found);
        }
    }

    /// <summary>Adds a route. It may be found at once.</summary>
    /// <returns>
    /// False where its wildcards are too much alike to those of many others to look them up: it is asked by itself then.
    /// </returns>
    public bool TryAdd(PatternRoute<TEvent> route)
    {
        Group group = FindOrAdd(route);
        try
        {
            group.Set.Add(route, route.Patterns.All[0]);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    public void Remove(PatternRoute<TEvent> route)
    {
        Group group = FindOrAdd(route);
        group.Set.Remove(route);
        if (group.Set.Count == 0)
        {
            _groups = [.. _groups.Where(each => each != group)];
        }
    }

    private Group FindOrAdd(PatternRoute<TEvent> route)
    {
        Type eventType = route.Subscription.EventType;
        Group? group = Array.Find(_groups, each => each.EventType == eventType);
        if (group is null)
        {
            EventPatternSet<PatternRoute<TEvent>> set = new();
            group = new Group(eventType, set, route.Patterns.MatcherFor<TEvent, PatternRoute<TEvent>>(set));
            _groups = [.. _groups, group];
        }

        return group;
    }

    private sealed record Group(
        Type EventType,
        EventPatternSet<PatternRoute<TEvent>> Set,
        Func<TEvent, ICollection<PatternRoute<TEvent>>, int> Match);
}
