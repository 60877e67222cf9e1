using System.Runtime.CompilerServices;
using EventBus.Delivering;

namespace EventBus.Publishing.StraightLines;

/// <summary>The straight line of an event whose subscriptions are all inline: each handler is called in turn.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class InlineLine<TEvent>(TopicMap map, Topic<TEvent> topic)
    where TEvent : notnull
{
    private readonly PublishGate _gate = map.Gate;

    /// <summary>Calls all handlers. Entered with the lane's slot.</summary>
    public ValueTask Run(TEvent @event, PublishLane lane, PlainRuns run, RouteTable<TEvent> table)
    {
        Route<TEvent>[] routes = table.Routes;
        Attempt attempt = run.Attempt!;
        CancellationToken token = attempt.Token;
        int version = attempt.Version;
        int i = 0;
        ValueTask handling;
        try
        {
            for (; i < routes.Length; i++)
            {
                handling = routes[i].Handler(@event, new EventContext(attempt, version + i), token);
                if (!handling.IsCompletedSuccessfully)
                {
                    goto NotCompleted;
                }

                handling.GetAwaiter().GetResult();
            }

            goto Completed;
        }
#pragma warning disable CA1031 // The boundary of a delivery: whatever a handler throws ends here.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            handling = ValueTask.FromException(exception);
        }

    NotCompleted:
        Walk walk = new() { Next = i, IsInHandler = true, IsMatched = true };
        return GoOn(@event, table, routes, lane, run, walk, handling, link: default, cancellationToken: default);

    Completed:
        End(lane, run, attempt);
        return default;
    }

    /// <summary>The same where predicates decide. A loop of its own: what it keeps for each handler would cost the other a third.</summary>
    /// <remarks>FilterBenchmarks: half of what it costs together with the careful one.</remarks>
    public ValueTask RunFiltered(TEvent @event, PublishLane lane, PlainRuns run, RouteTable<TEvent> table)
    {
        Route<TEvent>[] routes = table.Routes;
        Attempt attempt = run.Attempt!;
        CancellationToken token = attempt.Token;
        int version = attempt.Version;
        long[] filtered = run.Filtered!;
        long[] succeeded = run.Succeeded!;
        int i = 0;
        int refused = 0;
        bool inHandler = false;
        ValueTask handling;
        try
        {
            for (; i < routes.Length; i++)
            {
                ref readonly Route<TEvent> route = ref routes[i];
                inHandler = false;
                if (route.Predicate is { } predicate && !predicate(@event))
                {
                    refused++;
                    filtered[i]++;
                    continue;
                }

                inHandler = true;
                handling = route.Handler(@event, new EventContext(attempt, version + i), token);
                if (!handling.IsCompletedSuccessfully)
                {
                    goto NotCompleted;
                }

                handling.GetAwaiter().GetResult();
                succeeded[i]++;
            }

            goto Completed;
        }
#pragma warning disable CA1031 // The boundary of a delivery: whatever a handler or filter throws ends here.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            handling = ValueTask.FromException(exception);
        }

    NotCompleted:
        Walk walk = new() { Next = i, IsInHandler = inHandler, IsMatched = inHandler || refused < i };
        return GoOn(@event, table, routes, lane, run, walk, handling, link: default, cancellationToken: default);

    Completed:
        if (refused == routes.Length)
        {
            topic.CountUnmatched();
        }

        End(lane, run, attempt);
        return default;
    }

    /// <summary>The same where patterns decide, or the publisher may change its mind between two handlers.</summary>
    public ValueTask RunCarefully(
        TEvent @event, PublishLane lane, PlainRuns run, RouteTable<TEvent> table, CancellationToken cancellationToken)
    {
        IAttemptPlaces places = table;
        Route<TEvent>[] routes = table.Routes;
        RouteSelection<TEvent>? selection = null;
        if (table.HasPatterns)
        {
            if (!topic.Index.TryCount(table.Version))
            {
                // The subscriptions change this moment.
                lane.LeaveHandlers();
                _gate.Leave(run);
                return topic.PublishFullAsync(@event, options: null, cause: null, cancellationToken);
            }

            selection = RouteSelection<TEvent>.Of(@event, table, topic.Index);
            places = selection;
            routes = selection.Routes;
            run.Attempt!.Widen(selection, routes.Length);
        }

        Attempt attempt = run.Attempt!;
        Walk walk = new() { CountsEach = selection is not null };
        CancellationTokenRegistration link = cancellationToken.CanBeCanceled
            ? cancellationToken.UnsafeRegister(static state => ((Attempt)state!).Cancel(), attempt)
            : default;
        ValueTask handling = Call(@event, routes, attempt, run, ref walk, cancellationToken);
        if (walk.Next < routes.Length)
        {
            return GoOn(@event, places, routes, lane, run, walk, handling, link, cancellationToken);
        }

        if (cancellationToken.CanBeCanceled)
        {
            link.Dispose();
        }

        if (!walk.IsMatched)
        {
            topic.CountUnmatched();
        }

        End(lane, run, attempt);
        selection?.Return();
        return default;
    }

    /// <summary>Ends a publish in which everything completed at once.</summary>
    public void End(PublishLane lane, PlainRuns run, Attempt attempt)
    {
        lane.LeaveHandlers();
        attempt.Envelope.Renew();
        if (!attempt.TryReuse())
        {
            run.Attempt = null;
        }

        _gate.End(run);
    }

    // Calls handlers while they complete at once. Where the walk ends before the last route, what is returned did not.
    public static ValueTask Call(
        TEvent @event, Route<TEvent>[] routes, Attempt attempt, PlainRuns? run, ref Walk walk, CancellationToken cancellationToken)
    {
        int version = attempt.Version;
        CancellationToken token = attempt.Token;
        long[]? succeeded = run?.Succeeded;
        long[]? filtered = run?.Filtered;
        bool countsEach = walk.CountsEach;
        bool isMatched = walk.IsMatched;
        bool inHandler = false;
        ValueTask handling;
        int i = walk.Next;
        try
        {
            for (; i < routes.Length; i++)
            {
                if (isMatched && cancellationToken.IsCancellationRequested)
                {
                    handling = default;
                    goto NotCompleted;
                }

                ref readonly Route<TEvent> route = ref routes[i];
                if (route.Predicate is { } predicate && !predicate(@event))
                {
                    if (filtered is not null)
                    {
                        filtered[i]++;
                    }
                    else
                    {
                        route.Subscription.Counters.Filtered();
                    }

                    continue;
                }

                isMatched = true;
                inHandler = true;
                handling = route.Handler(@event, new EventContext(attempt, version + i), token);
                if (!handling.IsCompletedSuccessfully)
                {
                    goto NotCompleted;
                }

                inHandler = false;
                handling.GetAwaiter().GetResult();
                if (succeeded is not null)
                {
                    succeeded[i]++;
                }
                else if (countsEach)
                {
                    route.Subscription.Counters.AcceptedAndSucceeded();
                }
            }

            handling = default;
        }
#pragma warning disable CA1031 // The boundary of a delivery: whatever a handler or filter throws ends here.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            handling = ValueTask.FromException(exception);
        }

    NotCompleted:
        walk.Next = i;
        walk.IsMatched = isMatched;
        walk.IsInHandler = inHandler;
        return handling;
    }

    // Something did not complete at once, or failed. The handler may go on with the attempt and its slot: they are its own from now on.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask GoOn(
        TEvent @event,
        IAttemptPlaces places,
        Route<TEvent>[] routes,
        PublishLane lane,
        PlainRuns run,
        Walk walk,
        ValueTask handling,
        CancellationTokenRegistration link,
        CancellationToken cancellationToken)
    {
        Attempt attempt = run.Attempt!;
        ReadOnlySpan<Route<TEvent>> uncounted = walk.CountsEach || run.Succeeded is not null ? [] : routes.AsSpan(0, walk.Next);
        AmbientAttempt slot = Leave(lane, run, walk.Next, uncounted, out ActiveWork ticket);
        InlineRest<TEvent> rest = run.TakeRest() as InlineRest<TEvent> ?? new(map, topic, run);
        return rest.RunAsync(@event, places, routes, attempt, slot, walk, handling, link, ticket, cancellationToken);
    }

    /// <summary>Lets a publish go on in another way, with the attempt that its handlers have.</summary>
    /// <param name="lane">The thread's.</param>
    /// <param name="run">The thread's.</param>
    /// <param name="place">The route that it has come to.</param>
    /// <param name="uncounted">The routes before it, where the end of the run is what would count their deliveries.</param>
    /// <param name="ticket">Counts the publish as under way from now on.</param>
    /// <returns>Where the handler under way finds its attempt.</returns>
    public AmbientAttempt Leave(
        PublishLane lane, PlainRuns run, int place, ReadOnlySpan<Route<TEvent>> uncounted, out ActiveWork ticket)
    {
        foreach (Route<TEvent> route in uncounted)
        {
            route.Subscription.Counters.AcceptedAndSucceeded();
        }

        Attempt attempt = run.Attempt!;
        run.Attempt = null;
        run.HandlersWait = true;
        AmbientAttempt slot = lane.Detach(attempt.Version + place);
        attempt.Narrow(place);
        topic.CountPublished();
        ticket = _gate.GoOn();
        _gate.Leave(run);
        return slot;
    }
}
