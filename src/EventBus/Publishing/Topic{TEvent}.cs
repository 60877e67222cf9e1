using System.Collections.Concurrent;
using System.Diagnostics;
using EventBus.Delivering;
using EventBus.Diagnostics;
using EventBus.Publishing.Deduplicating;
using EventBus.Publishing.Delaying;
using EventBus.Publishing.StraightLines;
using EventBus.Subscriptions;
using Microsoft.Extensions.Logging;

namespace EventBus.Publishing;

/// <summary>The topic of one runtime type, for publishers that hold the event as <typeparamref name="TEvent"/>.</summary>
/// <remarks>
/// Thread-safe. A publisher that holds events as their base class has a topic for each of their types, all made from the base's
/// code: no type is built by reflection, so ahead-of-time compilation leaves nothing out.
/// </remarks>
internal sealed class Topic<TEvent> : Topic
    where TEvent : notnull
{
    private readonly TopicMap _map;
    private readonly StraightLine<TEvent> _straightLine;

    // Every event that is held as TEvent is one: there is nothing to ask.
    private readonly bool _isSealed = typeof(TEvent).IsSealed;
    private readonly ConcurrentDictionary<Type, Topic> _derived = new();
    private volatile Topic? _lastDerived;
    private readonly PatternIndex<TEvent> _index = new();

    // Tables that were replaced while publishes along them may have been under way.
    private readonly List<PlainTally> _replaced = [];
    private volatile RouteTable<TEvent> _table = new();

    /// <param name="map">All topics of the bus.</param>
    /// <param name="runtimeType">The type of the events.</param>
    /// <param name="typeName">Its stable name.</param>
    /// <param name="number">By which a thread finds what it keeps for this topic.</param>
    public Topic(TopicMap map, Type runtimeType, string typeName, int number)
        : base(runtimeType, typeName)
    {
        _map = map;
        _straightLine = new StraightLine<TEvent>(map, this, number);
    }

    /// <summary>The subscriptions as they stand now.</summary>
    public RouteTable<TEvent> Table => _table;

    /// <summary>Finds the routes whose patterns match.</summary>
    public PatternIndex<TEvent> Index => _index;

    public override long Published
    {
        get
        {
            lock (_replaced)
            {
                return base.Published + (_table.Tally?.Ended ?? 0) + _replaced.Sum(static tally => tally.Ended);
            }
        }
    }

    public override void Add(Subscription subscription)
    {
        if (TryIndex(subscription) is { } route)
        {
            // In force before it is counted from: see TryCount.
            Replace(_table.With(route));
            route.Enter(_index.Turn());
        }
        else
        {
            Replace(_table.With(subscription));
        }
    }

    public override PatternRoute? Remove(Subscription subscription)
    {
        if (FindRoute(subscription) is not { } route)
        {
            Replace(_table.Without(subscription));
            return null;
        }

        route.EndBefore(_table.Version + 1);
        Replace(_table.Without(route));
        route.Leave(_index.Turn());
        return route;
    }

    public override PatternRoute? Change(Subscription subscription)
    {
        PatternRoute<TEvent>? old = FindRoute(subscription);
        PatternRoute<TEvent>? route = TryIndex(subscription);
        old?.EndBefore(_table.Version + 1);
        Replace((old, route) switch
        {
            (null, null) => _table.Without(subscription).With(subscription),
            (null, _) => _table.Without(subscription).With(route),
            (_, null) => _table.Without(old).With(subscription),
            _ => _table.With(route, insteadOf: old),
        });
        if (old is not null || route is not null)
        {
            long judged = _index.Turn();
            old?.Leave(judged);
            route?.Enter(judged);
        }

        return old;
    }

    public override void Release()
    {
        lock (_replaced)
        {
            _table.Tally?.Release();
            _replaced.ForEach(static tally => tally.Release());
        }
    }

    public override void Settle()
    {
        lock (_replaced)
        {
            if (_replaced.Count > 0)
            {
                SettleReplaced();
            }
        }
    }

    /// <summary>The tally of a table; null where the table is not the topic's any more.</summary>
    public PlainTally? TallyOf(RouteTable<TEvent> table)
    {
        if (table.Tally is { } tally)
        {
            return tally;
        }

        // Together with the exchange of tables: each tally is settled when its table has gone.
        lock (_replaced)
        {
            return ReferenceEquals(table, _table) ? table.Tally ?? table.AddTally(_map.Gate) : null;
        }
    }

    public ValueTask PublishAsync(TEvent @event, CancellationToken cancellationToken)
    {
        // A struct is neither null nor derived, and asking would box it.
        if (!typeof(TEvent).IsValueType)
        {
            ArgumentNullException.ThrowIfNull(@event);
            if (!_isSealed && @event.GetType() != RuntimeType)
            {
                return Derived(@event.GetType()).PublishHeldAsync(@event, options: null, cancellationToken);
            }
        }

        return _straightLine.PublishAsync(@event, cancellationToken);
    }

    public ValueTask PublishAsync(TEvent @event, PublishOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(@event);
        Deduplication.ThrowIfInvalid(options);
        return @event.GetType() != RuntimeType
            ? Derived(@event.GetType()).PublishHeldAsync(@event, options, cancellationToken)
            : PublishFullAsync(@event, options, AmbientAttempt.Current, cancellationToken, Delay.Of(options, _map.Clock));
    }

    /// <summary>Tells which subscriptions an event would run, and why.</summary>
    public EventExplanation Explain(TEvent @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        if (@event.GetType() != RuntimeType)
        {
            return Derived(@event.GetType()).ExplainHeld(@event);
        }

        int hops = AmbientAttempt.Current is { } cause ? cause.Envelope.HopCount + 1 : 0;
        return new EventExplanation(TypeName, [.. _table.All.Select(route => Explain(route, @event, hops))]);
    }

    private SubscriptionExplanation Explain(in Route<TEvent> route, TEvent @event, int hops)
    {
        SubscriptionExplanation explanation = route.Filter.Explain(@event);
        return explanation.WouldRun && hops > _map.MaxHops && !route.Subscription.Deliverer.Settings.AllowsRecursion
            ? explanation with
            {
                WouldRun = false,
                Reason = $"The event would be {hops} hops from the start of its chain, and {_map.MaxHops} are allowed: " +
                    $"it would become a dead letter {nameof(DeadLetterReason.RecursionLimit)}.",
            }
            : explanation;
    }

    public override ValueTask PublishHeldAsync(object @event, PublishOptions? options, CancellationToken cancellationToken) =>
        options is null
            ? _straightLine.PublishAsync((TEvent)@event, cancellationToken)
            : PublishAsync((TEvent)@event, options, cancellationToken);

    public override EventExplanation ExplainHeld(object @event) => Explain((TEvent)@event);

    private Topic Derived(Type type)
    {
        // Mostly it is the same one as the last time.
        if (_lastDerived is { } last && last.RuntimeType == type)
        {
            return last;
        }

        Topic topic = _derived.GetOrAdd(type, static (type, map) => map.Find<TEvent>(type), _map);
        _lastDerived = topic;
        return topic;
    }

    /// <summary>Publishes on the way that everything can take.</summary>
    public async ValueTask PublishFullAsync(
        TEvent @event, PublishOptions? options, Attempt? cause, CancellationToken cancellationToken, Delay? delay = null)
    {
        ActiveWork ticket = Enter(cause is not null, cancellationToken);
        Telemetry telemetry = _map.Telemetry;
        long startedAt = telemetry.TimesOperations ? telemetry.Timestamp : 0;
        Envelope envelope = new();
        Activity? activity = null;
        Exception? error = null;
        PublishClaim? claim = null;
        string? deduplicationId = options?.DeduplicationId;
        try
        {
            envelope.Fill(@event, TypeName, _map.Clock, cause?.Envelope.Metadata, options, stampNow: true);
            activity = telemetry.StartPublish(Labels, envelope);
            if (deduplicationId is not null)
            {
                claim = await _map.Deduplication.ClaimAsync(TypeName, deduplicationId, cause is not null, cancellationToken)
                    .ConfigureAwait(Continuation.Capture);
                if (claim is null)
                {
                    ReportDeduplicated(@event, envelope, deduplicationId);
                    return;
                }
            }

            CountPublished();
            envelope.Origin = (activity ?? Activity.Current)?.Context ?? default;
            if (telemetry.IsWatched)
            {
                ReportPublished(@event, envelope);
            }

            Publication<TEvent> publication = new(_map, this, @event, envelope, cause is not null, cancellationToken, claim)
            {
                Delay = delay,
            };
            RouteTable<TEvent> table = TakeTable(out bool isCounted);
            RouteSelection<TEvent>? selection = isCounted ? RouteSelection<TEvent>.Of(@event, table, _index) : null;
            bool matched = await publication.RunAsync(selection?.Routes ?? table.All)
                .ConfigureAwait(Continuation.Capture);
            selection?.Return();
            if (!matched)
            {
                ReportUnmatched(@event, envelope, table.IsEmpty);
            }

            publication.ThrowIfRefused();
            claim?.Accept();
        }
        catch (Exception exception)
        {
            claim?.Release();
            error = exception;
            throw;
        }
        finally
        {
            telemetry.Published(Labels, startedAt, endedAt: 0, activity, error);
            PublishGate.Leave(ticket);
            activity?.Dispose();
        }
    }

    private void Replace(RouteTable<TEvent> table)
    {
        lock (_replaced)
        {
            if (_table.Tally is { } tally)
            {
                _replaced.Add(tally);
            }

            _table = table;
            if (_replaced.Count > 0)
            {
                SettleReplaced();
            }
        }
    }

    // Those that no publish is under way along are done: none begins along a table that is not the topic's.
    private void SettleReplaced()
    {
        Interlocked.MemoryBarrierProcessWide();
        List<PlainRuns> underWay = [];
        for (int i = _replaced.Count - 1; i >= 0; i--)
        {
            PlainTally tally = _replaced[i];
            tally.AddUnderWay(underWay);
            if (underWay.Count == 0)
            {
                _map.Gate.Remove(tally);
                CountPublished(tally.Settle());
                _replaced.RemoveAt(i);
            }

            underWay.Clear();
        }
    }

    private PatternRoute<TEvent>? FindRoute(Subscription subscription) =>
        Array.Find(_table.Patterns, each => each.Subscription == subscription);

    private PatternRoute<TEvent>? TryIndex(Subscription subscription)
    {
        if (subscription.Patterns.All.Count == 0)
        {
            return null;
        }

        PatternRoute<TEvent> route = new(subscription, _index, _table.Version + 1);
        return _index.TryAdd(route) ? route : null;
    }

    // The table that a publish sees. Where its patterns are the index's to judge, the event is counted there under it.
    private RouteTable<TEvent> TakeTable(out bool isCounted)
    {
        SpinWait spin = default;
        while (true)
        {
            RouteTable<TEvent> table = _table;
            isCounted = table.HasPatterns && !_map.Telemetry.WatchesFilters;
            if (!isCounted || _index.TryCount(table.Version))
            {
                return table;
            }

            // Whoever changes the subscriptions is between two steps that follow each other at once.
            spin.SpinOnce();
        }
    }

    private ActiveWork Enter(bool insideHandler, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_map.Gate.TryEnter(insideHandler, out ActiveWork ticket))
        {
            Log.PublishRejected(_map.Telemetry.Logger, TypeName, "the bus is stopping or has stopped");
            throw new EventBusStoppedException($"The event '{TypeName}'");
        }

        return ticket;
    }

    private void ReportPublished(TEvent @event, Envelope envelope)
    {
        Telemetry telemetry = _map.Telemetry;
        if (telemetry.Logger.IsEnabled(LogLevel.Debug))
        {
            Log.EventPublished(telemetry.Logger, TypeName, envelope.Metadata.EventId);
        }

        if (telemetry.HasObservers)
        {
            telemetry.Observe(DeliveryStage.Published, @event, envelope.Metadata);
        }
    }

    private void ReportDeduplicated(TEvent @event, Envelope envelope, string deduplicationId)
    {
        Telemetry telemetry = _map.Telemetry;
        telemetry.Deduplicated(Labels);
        if (telemetry.Logger.IsEnabled(LogLevel.Debug))
        {
            Log.EventDeduplicated(telemetry.Logger, TypeName, envelope.Metadata.EventId, deduplicationId);
        }

        if (telemetry.HasObservers)
        {
            telemetry.Observe(DeliveryStage.Deduplicated, @event, envelope.Metadata);
        }
    }

    private void ReportUnmatched(TEvent @event, Envelope envelope, bool nobodySubscribes)
    {
        Telemetry telemetry = _map.Telemetry;
        CountUnmatched();
        telemetry.Unmatched(Labels);
        if (telemetry.HasObservers)
        {
            telemetry.Observe(DeliveryStage.Unmatched, @event, envelope.Metadata);
        }

        if (nobodySubscribes && _map.IsFirstWithoutSubscriber(RuntimeType))
        {
            Log.NoSubscriber(telemetry.Logger, TypeName);
        }
    }
}
