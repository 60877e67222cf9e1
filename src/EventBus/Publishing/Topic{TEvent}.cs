using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using EventBus.Delivering;
using EventBus.Diagnostics;
using EventBus.Subscriptions;
using Microsoft.Extensions.Logging;

namespace EventBus.Publishing;

/// <summary>The topic of one runtime type, for publishers that hold the event as <typeparamref name="TEvent"/>.</summary>
/// <remarks>
/// Thread-safe. A publisher that holds events as their base class has a topic for each of their types, all made from the base's
/// code: no type is built by reflection, so ahead-of-time compilation leaves nothing out.
/// </remarks>
internal sealed class Topic<TEvent>(TopicMap map, Type runtimeType, string typeName) : Topic(runtimeType, typeName)
    where TEvent : notnull
{
    [ThreadStatic]
    private static Attempt? _reusableAttempt;

    private readonly ConcurrentDictionary<Type, Topic<TEvent>> _derived = new();
    private readonly PatternIndex<TEvent> _index = new();
    private volatile RouteTable<TEvent> _table = new();

    public override void Add(Subscription subscription)
    {
        if (TryIndex(subscription) is { } route)
        {
            // In force before it is counted from: see TryCount.
            _table = _table.With(route);
            route.Enter(_index.Turn());
        }
        else
        {
            _table = _table.With(subscription);
        }
    }

    public override PatternRoute? Remove(Subscription subscription)
    {
        if (FindRoute(subscription) is not { } route)
        {
            _table = _table.Without(subscription);
            return null;
        }

        route.EndBefore(_table.Version + 1);
        _table = _table.Without(route);
        route.Leave(_index.Turn());
        return route;
    }

    public override PatternRoute? Change(Subscription subscription)
    {
        PatternRoute<TEvent>? old = FindRoute(subscription);
        PatternRoute<TEvent>? route = TryIndex(subscription);
        old?.EndBefore(_table.Version + 1);
        _table = (old, route) switch
        {
            (null, null) => _table.Without(subscription).With(subscription),
            (null, _) => _table.Without(subscription).With(route),
            (_, null) => _table.Without(old).With(subscription),
            _ => _table.With(route, insteadOf: old),
        };
        if (old is not null || route is not null)
        {
            long judged = _index.Turn();
            old?.Leave(judged);
            route?.Enter(judged);
        }

        return old;
    }

    public ValueTask PublishAsync(TEvent @event, PublishOptions? options, CancellationToken cancellationToken)
    {
        // A struct is neither null nor derived, and asking would box it.
        if (!typeof(TEvent).IsValueType)
        {
            ArgumentNullException.ThrowIfNull(@event);
            if (@event.GetType() != RuntimeType)
            {
                return Derived(@event.GetType()).PublishAsync(@event, options, cancellationToken);
            }
        }

        Attempt? cause = AmbientAttempt.Current;
        RouteTable<TEvent> table = _table;
        return table.IsPlain && options is null && cause is null && !map.Telemetry.IsWatched
            ? PublishPlain(@event, cancellationToken)
            : PublishOtherwise(@event, options, cause, cancellationToken);
    }

    /// <summary>Tells which subscriptions an event would run, and why.</summary>
    public EventExplanation Explain(TEvent @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        if (@event.GetType() != RuntimeType)
        {
            return Derived(@event.GetType()).Explain(@event);
        }

        int hops = AmbientAttempt.Current is { } cause ? cause.Envelope.HopCount + 1 : 0;
        return new EventExplanation(TypeName, [.. _table.All.Select(route => Explain(route, @event, hops))]);
    }

    private SubscriptionExplanation Explain(in Route<TEvent> route, TEvent @event, int hops)
    {
        SubscriptionExplanation explanation = route.Filter.Explain(@event);
        return explanation.WouldRun && hops > map.MaxHops && !route.Subscription.Deliverer.Settings.AllowsRecursion
            ? explanation with
            {
                WouldRun = false,
                Reason = $"The event would be {hops} hops from the start of its chain, and {map.MaxHops} are allowed: " +
                    $"it would become a dead letter {nameof(DeadLetterReason.RecursionLimit)}.",
            }
            : explanation;
    }

    private Topic<TEvent> Derived(Type type) => _derived.TryGetValue(type, out Topic<TEvent>? topic)
        ? topic
        : _derived.GetOrAdd(type, static (type, map) => map.Add<TEvent>(type), map);

    // In line, so that the straight line is one call away from the publisher. InlinePublishBenchmarks: 4 ns of 60.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ValueTask PublishPlain(TEvent @event, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested || !map.Gate.TryEnter(insideHandler: false, out ActiveWork ticket))
        {
            // Refused in full there, so that the caller finds every refusal in the task.
            return PublishFullAsync(@event, options: null, cause: null, cancellationToken);
        }

        // Read inside the gate: whoever takes a subscription out waits for the publishes that may still see it.
        RouteTable<TEvent> table = _table;
        if (!table.IsPlain)
        {
            // A subscription that is not plain came in since the first look.
            PublishGate.Leave(ticket);
            return PublishFullAsync(@event, options: null, cause: null, cancellationToken);
        }

        return RunPlain(@event, table.Routes, ticket, cancellationToken);
    }

    private ValueTask PublishOtherwise(
        TEvent @event, PublishOptions? options, Attempt? cause, CancellationToken cancellationToken) =>
        _table.IsPlainIfSelected && options is null && cause is null && !map.Telemetry.IsWatched
            ? PublishSelected(@event, cancellationToken)
            : PublishFullAsync(@event, options, cause, cancellationToken);

    // As PublishPlain, along the routes that the index finds.
    private ValueTask PublishSelected(TEvent @event, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested || !map.Gate.TryEnter(insideHandler: false, out ActiveWork ticket))
        {
            return PublishFullAsync(@event, options: null, cause: null, cancellationToken);
        }

        RouteTable<TEvent> table = _table;
        if (!table.IsPlainIfSelected || !_index.TryCount(table.Version))
        {
            // Another kind of subscription came in since the first look, or they change this moment.
            PublishGate.Leave(ticket);
            return PublishFullAsync(@event, options: null, cause: null, cancellationToken);
        }

        var selection = RouteSelection<TEvent>.Of(@event, table, _index);
        ValueTask publishing = RunPlain(@event, selection.Routes, ticket, cancellationToken);
        if (publishing.IsCompletedSuccessfully)
        {
            selection.Return();
        }

        return publishing;
    }

    // The straight line: every handler is called in turn and completes at once; nothing is allocated. What does not fit leaves
    // by LeavePlain, which takes the rest of the routes along.
    private ValueTask RunPlain(TEvent @event, Route<TEvent>[] routes, ActiveWork ticket, CancellationToken cancellationToken)
    {
        CountPublished();
        Attempt attempt = _reusableAttempt ?? new Attempt(new Envelope());
        _reusableAttempt = null;
        attempt.Envelope.Fill(null, TypeName, map.Clock, cause: null, options: null, stampNow: false);
        var slot = AmbientAttempt.Enter(attempt);
        CancellationTokenRegistration link =
            cancellationToken.UnsafeRegister(static state => ((Attempt)state!).Cancel(), attempt);
        int i = 0;
        bool inHandler = false;
        bool matched = false;
        ValueTask handling = default;
        try
        {
            for (; i < routes.Length; i++)
            {
                if (matched && cancellationToken.IsCancellationRequested)
                {
                    goto NotCompleted;
                }

                ref readonly Route<TEvent> route = ref routes[i];
                if (route.Filter.Predicate is { } predicate && !predicate(@event))
                {
                    route.Subscription.Counters.Filtered();
                    continue;
                }

                matched = true;
                attempt.Begin(route.Subscription.Name, route.Watch);
                inHandler = true;
                handling = route.Handler(@event, new EventContext(attempt), attempt.Token);
                if (!handling.IsCompletedSuccessfully)
                {
                    goto NotCompleted;
                }

                inHandler = false;
                handling.GetAwaiter().GetResult();
                handling = default;
                slot.UndoChanges();
                attempt.End();
                route.Subscription.Counters.AcceptedAndSucceeded();
            }

            link.Dispose();
            slot.Leave();
            if (attempt.TryReset())
            {
                _reusableAttempt = attempt;
            }


            if (!matched)
            {
                CountUnmatched();
            }

            PublishGate.Leave(ticket);
            return default;
        }
#pragma warning disable CA1031 // The boundary of a delivery: whatever a handler or filter throws ends here.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            handling = ValueTask.FromException(exception);
        }

    NotCompleted:
        // The handler may go on with this attempt and its slot: they are its own from now on.
        slot.Detach();
        attempt.Envelope.Settle(@event);
        return LeavePlainAsync(
            @event, routes.AsMemory(i), inHandler ? attempt : null, attempt.Envelope, handling, link, ticket, cancellationToken);
    }

    private async ValueTask LeavePlainAsync(
        TEvent @event,
        ReadOnlyMemory<Route<TEvent>> routes,
        Attempt? attempt,
        Envelope envelope,
        ValueTask handling,
        CancellationTokenRegistration link,
        ActiveWork ticket,
        CancellationToken cancellationToken)
    {
        try
        {
            using CancellationTokenRegistration ending = link;
            Publication<TEvent> publication = new(map, this, @event, envelope, insideHandler: false, cancellationToken);
            Deliverer deliverer = routes.Span[0].Subscription.Deliverer;
            Delivery delivery = new(envelope, deliverer) { IsInline = true, PublisherToken = cancellationToken };
            if (attempt is not null)
            {
                deliverer.Counters.AcceptedToRun();
                await deliverer.AdoptAsync(delivery, attempt, handling).ConfigureAwait(Continuation.Capture);
                routes = routes[1..];
            }
            else if (handling.AsTask().Exception is { InnerException: { } filterFailure })
            {
                await deliverer.RefuseAsync(delivery, DeadLetterReason.FilterFailed, filterFailure)
                    .ConfigureAwait(Continuation.Capture);
                routes = routes[1..];
            }

            await publication.RunAsync(routes).ConfigureAwait(Continuation.Capture);
        }
        finally
        {
            PublishGate.Leave(ticket);
        }
    }

    private async ValueTask PublishFullAsync(
        TEvent @event, PublishOptions? options, Attempt? cause, CancellationToken cancellationToken)
    {
        ActiveWork ticket = Enter(cause is not null, cancellationToken);
        Telemetry telemetry = map.Telemetry;
        using Activity? activity = telemetry.StartPublish(TypeName);
        long startedAt = telemetry.TimesOperations ? telemetry.Timestamp : 0;
        Envelope envelope = new();
        Exception? error = null;
        try
        {
            CountPublished();
            envelope.Fill(@event, TypeName, map.Clock, cause?.Envelope.Metadata, options, stampNow: true);
            envelope.Origin = (activity ?? Activity.Current)?.Context ?? default;
            if (telemetry.IsWatched)
            {
                ReportPublished(@event, envelope);
            }

            Publication<TEvent> publication = new(map, this, @event, envelope, cause is not null, cancellationToken);
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
        }
        catch (Exception exception)
        {
            error = exception;
            throw;
        }
        finally
        {
            telemetry.Published(TypeName, startedAt, activity, activity is null ? null : envelope.Metadata, error);
            PublishGate.Leave(ticket);
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
            isCounted = table.HasPatterns && !map.Telemetry.WatchesFilters;
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
        if (!map.Gate.TryEnter(insideHandler, out ActiveWork ticket))
        {
            Log.PublishRejected(map.Telemetry.Logger, TypeName, "the bus is stopping or has stopped");
            throw new EventBusStoppedException($"The event '{TypeName}'");
        }

        return ticket;
    }

    private void ReportPublished(TEvent @event, Envelope envelope)
    {
        Telemetry telemetry = map.Telemetry;
        if (telemetry.Logger.IsEnabled(LogLevel.Debug))
        {
            Log.EventPublished(telemetry.Logger, TypeName, envelope.Metadata.EventId);
        }

        if (telemetry.HasObservers)
        {
            telemetry.Observe(DeliveryStage.Published, @event, envelope.Metadata);
        }
    }

    private void ReportUnmatched(TEvent @event, Envelope envelope, bool nobodySubscribes)
    {
        Telemetry telemetry = map.Telemetry;
        CountUnmatched();
        telemetry.Unmatched(TypeName);
        if (telemetry.HasObservers)
        {
            telemetry.Observe(DeliveryStage.Unmatched, @event, envelope.Metadata);
        }

        if (nobodySubscribes && map.IsFirstWithoutSubscriber(RuntimeType))
        {
            Log.NoSubscriber(telemetry.Logger, TypeName);
        }
    }
}
