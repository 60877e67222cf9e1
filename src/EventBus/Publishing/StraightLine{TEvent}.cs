using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using EventBus.Delivering;
using EventBus.Diagnostics;
using EventBus.Dispatching;

namespace EventBus.Publishing;

/// <summary>
/// The common case of a publish: nobody watches, the handlers are inline and complete at once. Each is called in turn with nothing in
/// between, nothing is allocated, and nothing is shared with other threads. What does not fit leaves for the general way and takes the
/// rest of the routes along.
/// </summary>
/// <remarks>Thread-safe. InlinePublishBenchmarks holds it beside a loop over delegates.</remarks>
internal sealed class StraightLine<TEvent>(TopicMap map, Topic<TEvent> topic, int number)
    where TEvent : notnull
{
    private readonly PublishGate _gate = map.Gate;
    private readonly Telemetry _telemetry = map.Telemetry;

    public ValueTask PublishAsync(TEvent @event, CancellationToken cancellationToken) =>
        TryBegin(cancellationToken, out PublishLane? lane, out PlainRuns? run, out RouteTable<TEvent>? table)
            ? Run(@event, lane, run, table, cancellationToken)
            : PublishOtherwise(@event, cancellationToken);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryBegin(
        CancellationToken cancellationToken,
        [NotNullWhen(true)] out PublishLane? lane,
        [NotNullWhen(true)] out PlainRuns? run,
        [NotNullWhen(true)] out RouteTable<TEvent>? table)
    {
        run = null;
        table = null;
        lane = PublishLane.Current;
        if (lane is null || lane.Slot.IsInside)
        {
            return false;
        }

        run = lane.Find(number);
        if (run is null)
        {
            return false;
        }

        // Counted before the looks: whoever replaces the table or closes the gate afterwards waits for this publish.
        Volatile.Write(ref run.Begun, run.Begun + 1);
        table = topic.Table;
        if (ReferenceEquals(run.Table, table)
            && !_gate.IsClosed
            && !_telemetry.IsWatched
            && !(table.HasFilters && _telemetry.WatchesRefusals)
            && !cancellationToken.IsCancellationRequested
            && (run.Attempt is { } attempt ? lane.Slot.TryEnter(attempt) : table.IsQueued && lane.Slot.TryEnter()))
        {
            return true;
        }

        Leave(run);
        return false;
    }

    // The first along a table, or not one for the straight line.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask PublishOtherwise(TEvent @event, CancellationToken cancellationToken)
    {
        _telemetry.LookAtLogger();
        Attempt? cause = AmbientAttempt.Current;
        RouteTable<TEvent> current = topic.Table;
        if ((current.IsPlain || current.IsQueued)
            && cause is null
            && !_gate.IsClosed
            && !cancellationToken.IsCancellationRequested)
        {
            Prepare(current);
            if (TryBegin(cancellationToken, out PublishLane? lane, out PlainRuns? run, out RouteTable<TEvent>? table))
            {
                return Run(@event, lane, run, table, cancellationToken);
            }
        }

        return topic.PublishFullAsync(@event, options: null, cause, cancellationToken);
    }

    private void Prepare(RouteTable<TEvent> table)
    {
        PlainRuns run = table.TallyIn(_gate).OfThisThread();
        if (!table.IsQueued)
        {
            run.Attempt ??= NewAttempt(table);
        }

        PublishLane.Made().Keep(number, run);
    }

    private Attempt NewAttempt(RouteTable<TEvent> table)
    {
        Envelope envelope = new();
        envelope.Fill(null, topic.TypeName, map.Clock, cause: null, options: null, stampNow: false);
        Attempt attempt = new(envelope);
        attempt.Widen(table, table.Routes.Length);
        return attempt;
    }

    private ValueTask Run(
        TEvent @event, PublishLane lane, PlainRuns run, RouteTable<TEvent> table, CancellationToken cancellationToken)
    {
        if (table.HasFilters || cancellationToken.CanBeCanceled || table.IsQueued)
        {
            return table.IsQueued ? Enqueue(@event, lane, run, table, cancellationToken) : RunCarefully(@event, lane, run, table, cancellationToken);
        }

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

    // The same where filters decide, or the publisher may change its mind between two handlers.
    private ValueTask RunCarefully(
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
                lane.Slot.Leave();
                Leave(run);
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

    // Every subscription is queued: the event is put into each queue that its filter lets it into and that has room.
    private ValueTask Enqueue(
        TEvent @event, PublishLane lane, PlainRuns run, RouteTable<TEvent> table, CancellationToken cancellationToken)
    {
        Route<TEvent>[] routes = table.Routes;
        long now = lane.UtcTicks(map.Clock);
        object boxed = @event;
        QueuedEvent queued = new(topic.TypeName, boxed, now);
        if (routes.Length > 1)
        {
            // Shared, so that all see one id if any asks for it.
            Envelope envelope = new();
            envelope.Fill(boxed, topic.TypeName, now);
            queued = new QueuedEvent(envelope, null, 0);
        }

        Walk walk = default;
        Exception? failure = null;
        try
        {
            for (; walk.Next < routes.Length; walk.Next++)
            {
                ref readonly Route<TEvent> route = ref routes[walk.Next];
                if (route.Predicate is { } predicate && !predicate(@event))
                {
                    route.Subscription.Counters.Filtered();
                }
                else if (route.Queue!.TryAdd(queued, mayOverflow: false) == DeliveryQueue.Addition.Added)
                {
                    walk.IsMatched = true;
                }
                else
                {
                    break;
                }
            }
        }
#pragma warning disable CA1031 // A filter is the application's code: what it throws concerns its own subscription alone.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception;
        }

        lane.Slot.LeaveOnly();
        if (walk.Next < routes.Length)
        {
            topic.CountPublished();
            ActiveWork ticket = _gate.GoOn();
            Leave(run);
            return EnqueueRestAsync(
                @event, queued.Carrier as Envelope ?? queued.Fill(new Envelope()), routes, walk, failure, ticket, cancellationToken);
        }

        if (!walk.IsMatched)
        {
            topic.CountUnmatched();
        }

        End(run);
        return default;
    }

    // A queue has no room, or a filter failed: from here on along the general way.
    private async ValueTask EnqueueRestAsync(
        TEvent @event,
        Envelope envelope,
        Route<TEvent>[] routes,
        Walk walk,
        Exception? failure,
        ActiveWork ticket,
        CancellationToken cancellationToken)
    {
        try
        {
            if (failure is not null)
            {
                Deliverer deliverer = routes[walk.Next].Subscription.Deliverer;
                await deliverer.RefuseAsync(new Delivery(envelope, deliverer), DeadLetterReason.FilterFailed, failure)
                    .ConfigureAwait(Continuation.Capture);
                walk.Next++;
            }

            Publication<TEvent> publication = new(map, topic, @event, envelope, insideHandler: false, cancellationToken);
            await publication.RunAsync(routes.AsMemory(walk.Next)).ConfigureAwait(Continuation.Capture);
            publication.ThrowIfRefused();
        }
        finally
        {
            PublishGate.Leave(ticket);
        }
    }

    private void End(PublishLane lane, PlainRuns run, Attempt attempt)
    {
        lane.Slot.Leave();
        attempt.Envelope.Renew();
        if (!attempt.TryReuse())
        {
            run.Attempt = null;
        }

        End(run);
    }

    private void End(PlainRuns run)
    {
        long ended = run.Ended + 1;
        Volatile.Write(ref run.Ended, ended);
        if (_gate.IsAwaited)
        {
            _gate.NotePlainEnded();
        }

        if ((ended & 255) == 0)
        {
            _telemetry.LookAtLogger();
        }
    }

    // Calls handlers while they complete at once. Where the walk ends before the last route, what is returned did not.
    private static ValueTask Call(
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
        if (!walk.CountsEach && run.Succeeded is null)
        {
            // The run will not be counted as ended, and that is what counts these.
            foreach (Route<TEvent> route in routes.AsSpan(0, walk.Next))
            {
                route.Subscription.Counters.AcceptedAndSucceeded();
            }
        }

        Attempt attempt = run.Attempt!;
        run.Attempt = null;
        attempt.Envelope.Settle(@event);
        AmbientAttempt slot = lane.DetachSlot(attempt.Version + walk.Next);
        attempt.Narrow(walk.Next);
        topic.CountPublished();
        ActiveWork ticket = _gate.GoOn();
        Leave(run);
        return GoOnAsync(@event, places, routes, run, attempt, slot, walk, handling, link, ticket, cancellationToken);
    }

    // Handlers that wait and then succeed: what it takes is kept for the next. YieldingHandlerBenchmarks.
    [SuppressMessage("Reliability", "CA2012:Use ValueTasks correctly", Justification = "Waited for by its completion, then awaited once; a failed or abandoned one is awaited by FinishAsync instead.")]
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask GoOnAsync(
        TEvent @event,
        IAttemptPlaces places,
        Route<TEvent>[] routes,
        PlainRuns run,
        Attempt attempt,
        AmbientAttempt slot,
        Walk walk,
        ValueTask handling,
        CancellationTokenRegistration link,
        ActiveWork ticket,
        CancellationToken cancellationToken)
    {
        try
        {
            while (walk.IsInHandler)
            {
                Deliverer deliverer = routes[walk.Next].Subscription.Deliverer;
                deliverer.Counters.AcceptedToRun();
                bool isAbandoned = !handling.IsCompleted && !await attempt.WaitAsync(handling).ConfigureAwait(Continuation.Capture);
                if (isAbandoned || !handling.IsCompletedSuccessfully || attempt.IsTimedOut || attempt.IsStopped)
                {
                    await FinishAsync(@event, routes, attempt, walk, handling, isAbandoned, cancellationToken)
                        .ConfigureAwait(Continuation.Capture);
                    return;
                }

                await handling.ConfigureAwait(Continuation.Capture);
                attempt.End();
                deliverer.Counters.Succeeded();
                walk.Next++;
                if (walk.Next == routes.Length)
                {
                    link.Dispose();
                    if (attempt.TryReuse())
                    {
                        attempt.Envelope.Renew();
                        Interlocked.CompareExchange(ref run.Attempt, attempt, null);
                    }

                    return;
                }

                handling = CallRest(@event, places, routes, attempt, slot, ref walk, cancellationToken);
                if (walk.Next == routes.Length)
                {
                    return;
                }
            }

            await FinishAsync(@event, routes, attempt, walk, handling, isAbandoned: false, cancellationToken)
                .ConfigureAwait(Continuation.Capture);
        }
        finally
        {
            link.Dispose();
            PublishGate.Leave(ticket);
        }
    }

    private static ValueTask CallRest(
        TEvent @event,
        IAttemptPlaces places,
        Route<TEvent>[] routes,
        Attempt attempt,
        AmbientAttempt slot,
        ref Walk walk,
        CancellationToken cancellationToken)
    {
        attempt.Widen(places, routes.Length);
        slot.Resume();
        walk.CountsEach = true;
        ValueTask handling = Call(@event, routes, attempt, run: null, ref walk, cancellationToken);
        if (walk.Next < routes.Length)
        {
            slot.Follow(attempt.Version + walk.Next);
            attempt.Narrow(walk.Next);
        }
        else
        {
            attempt.End();
        }

        return handling;
    }

    // What failed, or was given up, or is cancelled before its turn: from here on along the general way.
    private async ValueTask FinishAsync(
        TEvent @event,
        Route<TEvent>[] routes,
        Attempt attempt,
        Walk walk,
        ValueTask handling,
        bool isAbandoned,
        CancellationToken cancellationToken)
    {
        Envelope envelope = attempt.Envelope;
        Deliverer deliverer = routes[walk.Next].Subscription.Deliverer;
        Delivery delivery = new(envelope, deliverer) { IsInline = true, PublisherToken = cancellationToken };
        if (walk.IsInHandler)
        {
            await deliverer.AdoptAsync(delivery, attempt, handling, isAbandoned, deliverer.AttemptAsync).ConfigureAwait(Continuation.Capture);
            walk.Next++;
        }
        else if (handling.AsTask().Exception is { InnerException: { } filterFailure })
        {
            await deliverer.RefuseAsync(delivery, DeadLetterReason.FilterFailed, filterFailure).ConfigureAwait(Continuation.Capture);
            walk.Next++;
        }

        Publication<TEvent> publication = new(map, topic, @event, envelope, insideHandler: false, cancellationToken);
        await publication.RunAsync(routes.AsMemory(walk.Next)).ConfigureAwait(Continuation.Capture);
    }

    private void Leave(PlainRuns run)
    {
        Volatile.Write(ref run.Left, run.Left + 1);
        if (_gate.IsAwaited)
        {
            _gate.NotePlainEnded();
        }
    }

    /// <summary>How far a publish has come along its routes.</summary>
    private struct Walk
    {
        /// <summary>The place of the route to be taken next, or being taken.</summary>
        public int Next;

        /// <summary>Whether the handler of that route has been called.</summary>
        public bool IsInHandler;

        /// <summary>Whether any route's filter let the event pass.</summary>
        public bool IsMatched;

        /// <summary>Whether each delivery is counted at its subscription, for want of a table that all events take.</summary>
        public bool CountsEach;
    }
}
