using EventBus.Delivering;
using EventBus.Publishing.StraightLines;
using EventBus.Subscriptions;

namespace EventBus.Publishing;

/// <summary>The subscriptions of one event type as they stood at one moment. Never changes.</summary>
internal sealed class RouteTable<TEvent> : IAttemptPlaces
{
    // Of those that an inline publish cannot call with nothing in between.
    private readonly int _notPlain;
    private Route<TEvent>[]? _all;
    private PlainTally? _tally;

    public RouteTable()
        : this([], [], version: 0, notPlain: 0)
    {
    }

    private RouteTable(Route<TEvent>[] routes, PatternRoute<TEvent>[] patterns, int version, int notPlain)
    {
        Routes = routes;
        Patterns = patterns;
        Version = version;
        _notPlain = notPlain;
        IsEmpty = routes.Length + patterns.Length == 0;
        HasPatterns = patterns.Length > 0;
        HasFilters = HasPatterns;
        IsPlain = !IsEmpty && notPlain == 0;
        IsQueued = !IsEmpty && !HasPatterns;
        foreach (Route<TEvent> route in routes)
        {
            HasFilters |= route.Predicate is not null;
            IsQueued &= route.Queue is not null;
        }
    }

    /// <summary>The routes that every event is taken along, each to ask its own filter, in their order.</summary>
    public Route<TEvent>[] Routes { get; }

    /// <summary>The routes that the topic's index finds, in their order.</summary>
    public PatternRoute<TEvent>[] Patterns { get; }

    /// <summary>Counts the changes of <see cref="Patterns"/>.</summary>
    public int Version { get; }

    public bool IsEmpty { get; }

    public bool HasPatterns { get; }

    /// <summary>Whether any route may turn an event away.</summary>
    public bool HasFilters { get; }

    /// <summary>Whether a publish may call all handlers itself, with nothing in between.</summary>
    public bool IsPlain { get; }

    /// <summary>Whether all subscriptions are queued, and every event is taken to each that its filter lets pass.</summary>
    public bool IsQueued { get; }

    /// <summary>The publishes along this table on the straight line; null where none has begun.</summary>
    public PlainTally? Tally => Volatile.Read(ref _tally);

    /// <summary>All routes in their order, each to ask its own filter: for those who want to hear of each.</summary>
    public Route<TEvent>[] All => HasPatterns ? _all ??= Merge() : Routes;

    public RouteTable<TEvent> With(Subscription subscription)
    {
        Route<TEvent> route = new(subscription);
        return new(Insert(Routes, route, static each => each.Subscription.Order), Patterns, Version, _notPlain + NotPlain(subscription));
    }

    public RouteTable<TEvent> With(PatternRoute<TEvent> route) => new(
        Routes, Insert(Patterns, route, static each => each.Order), Version + 1, _notPlain + NotPlain(route.Subscription));

    public RouteTable<TEvent> Without(Subscription subscription) =>
        Array.FindIndex(Routes, each => each.Subscription == subscription) is >= 0 and int at
            ? new(Cut(Routes, at), Patterns, Version, _notPlain - NotPlain(subscription))
            : this;

    public RouteTable<TEvent> Without(PatternRoute<TEvent> route) => new(
        Routes, Cut(Patterns, Array.IndexOf(Patterns, route)), Version + 1, _notPlain - NotPlain(route.Subscription));

    /// <summary>The same with one route in the place of another of its subscription, as one change.</summary>
    public RouteTable<TEvent> With(PatternRoute<TEvent> route, PatternRoute<TEvent> insteadOf)
    {
        PatternRoute<TEvent>[] patterns = [.. Patterns];
        patterns[Array.IndexOf(patterns, insteadOf)] = route;
        return new(Routes, patterns, Version + 1, _notPlain);
    }

    public string NameAt(int place) => Routes[place].Subscription.Name;

    public AttemptWatch WatchAt(int place) => Routes[place].Subscription.Deliverer.Watch;

    /// <summary>Makes the tally. One caller at a time.</summary>
    public PlainTally AddTally(PublishGate gate)
    {
        // Where the index finds routes, which of them an event takes is known to the publish alone. Queues count for themselves.
        Subscription[] counted = HasPatterns || IsQueued ? [] : Array.ConvertAll(Routes, static route => route.Subscription);
        PlainTally tally = new(this, counted, counted.Length > 0 && HasFilters);
        gate.Add(tally);
        tally.Enter();
        Volatile.Write(ref _tally, tally);
        return tally;
    }

    private static int NotPlain(Subscription subscription) => subscription.IsPlain ? 0 : 1;

    private static T[] Insert<T>(T[] all, T one, Func<T, long> orderOf)
    {
        int at = all.Length;
        while (at > 0 && orderOf(all[at - 1]) > orderOf(one))
        {
            at--;
        }

        var more = new T[all.Length + 1];
        Array.Copy(all, more, at);
        more[at] = one;
        Array.Copy(all, at, more, at + 1, all.Length - at);
        return more;
    }

    private static T[] Cut<T>(T[] all, int at) => [.. all.AsSpan(0, at), .. all.AsSpan(at + 1)];

    private Route<TEvent>[] Merge() =>
        [.. Routes.Concat(Patterns.Select(static each => each.Unasked)).OrderBy(static each => each.Subscription.Order)];
}
