using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using EventBus.Delivering;

namespace EventBus.Publishing.StraightLines;

/// <summary>The rest of a publish to inline handlers, from the first one on that goes on after its call.</summary>
/// <remarks>
/// Used by one flow. It is what the publisher waits for, and is kept for the next publish of its thread once the publisher has seen the
/// end; of a publisher that never looks it is let go. YieldingHandlerBenchmarks.
/// </remarks>
internal sealed class InlineRest<TEvent> : IValueTaskSource
    where TEvent : notnull
{
    private readonly TopicMap _map;
    private readonly Topic<TEvent> _topic;
    private readonly PlainRuns _run;
    private readonly Action _onEnded;
    private ManualResetValueTaskSourceCore<bool> _end;
    private ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter _running;
    private TEvent? _event;
    private IAttemptPlaces? _places;
    private Route<TEvent>[] _routes = [];
    private Attempt? _attempt;
    private AmbientAttempt? _slot;
    private Walk _walk;
    private ValueTask _handling;
    private CancellationTokenRegistration _link;
    private ActiveWork? _ticket;
    private CancellationToken _cancellationToken;

    public InlineRest(TopicMap map, Topic<TEvent> topic, PlainRuns run)
    {
        _map = map;
        _topic = topic;
        _run = run;
        _onEnded = OnEnded;
    }

    private Deliverer Deliverer => _routes[_walk.Next].Subscription.Deliverer;

    /// <summary>Goes on with a publish.</summary>
    /// <param name="event">The event.</param>
    /// <param name="places">The subscriptions of <paramref name="routes"/>.</param>
    /// <param name="routes">All routes, also those that are done.</param>
    /// <param name="attempt">The handlers', which nobody else uses any more.</param>
    /// <param name="slot">Where the handler under way finds it.</param>
    /// <param name="walk">How far it has come.</param>
    /// <param name="handling">What the handler, or the filter, returned or threw.</param>
    /// <param name="link">Ties the attempt's token to the publisher's.</param>
    /// <param name="ticket">Counts the publish as under way.</param>
    /// <param name="cancellationToken">The publisher's.</param>
    [SuppressMessage("Reliability", "CA2012:Use ValueTasks correctly", Justification = "Waited for by its completion, then its result is taken once.")]
    public ValueTask RunAsync(
        TEvent @event,
        IAttemptPlaces places,
        Route<TEvent>[] routes,
        Attempt attempt,
        AmbientAttempt slot,
        Walk walk,
        ValueTask handling,
        CancellationTokenRegistration link,
        ActiveWork ticket,
        CancellationToken cancellationToken)
    {
        _event = @event;
        _places = places;
        _routes = routes;
        _attempt = attempt;
        _slot = slot;
        _walk = walk;
        _handling = handling;
        _link = link;
        _ticket = ticket;
        _cancellationToken = cancellationToken;
        ValueTask end = new(this, _end.Version);
        _running = RunAsync().ConfigureAwait(Continuation.Capture).GetAwaiter();
        if (_running.IsCompleted)
        {
            OnEnded();
        }
        else
        {
            _running.UnsafeOnCompleted(_onEnded);
        }

        return end;
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _end.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _end.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.GetResult(short token)
    {
        if (_end.GetStatus(token) == ValueTaskSourceStatus.Pending)
        {
            Block(token);
        }

        try
        {
            _end.GetResult(token);
        }
        finally
        {
            _end.Reset();
            _run.Keep(this);
        }
    }

    // A publisher that is not async waits like this. It works as long as handlers complete at once, so it must not fail when one does not.
    private void Block(short token)
    {
        using ManualResetEventSlim ended = new();
        _end.OnCompleted(static state => ((ManualResetEventSlim)state!).Set(), ended, token, ValueTaskSourceOnCompletedFlags.None);
        ended.Wait();
    }

    private void OnEnded()
    {
        ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter running = _running;
        _running = default;
        try
        {
            running.GetResult();
        }
#pragma warning disable CA1031 // Handed to the publisher.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _end.SetException(exception);
            return;
        }

        _end.SetResult(true);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RunAsync()
    {
        try
        {
            _attempt!.Envelope.Settle(_event!);
            while (_walk.IsInHandler)
            {
                Deliverer.Counters.AcceptedToRun();
                bool isAbandoned = !_handling.IsCompleted && !await _attempt.WaitAsync(_handling).ConfigureAwait(Continuation.Capture);
                if (isAbandoned || !HasSucceeded)
                {
                    await FinishAsync(isAbandoned).ConfigureAwait(Continuation.Capture);
                    return;
                }

                EndHandling();
                if (_walk.Next == _routes.Length)
                {
                    KeepAttempt();
                    return;
                }

                if (_attempt.IsTimedOut || _attempt.IsStopped)
                {
                    // Between its end and ours: the token is of no use to the next handler.
                    _handling = default;
                    break;
                }

                CallRest();
                if (_walk.Next == _routes.Length)
                {
                    return;
                }
            }

            _walk.IsInHandler = false;
            await FinishAsync(isAbandoned: false).ConfigureAwait(Continuation.Capture);
        }
        finally
        {
            End();
        }
    }

    private bool HasSucceeded => _handling.IsCompletedSuccessfully && !_attempt!.IsTimedOut && !_attempt.IsStopped;

    private void EndHandling()
    {
        _handling.GetAwaiter().GetResult();
        _attempt!.End();
        Deliverer.Counters.Succeeded();
        _walk.Next++;
    }

    private void KeepAttempt()
    {
        _link.Dispose();
        if (_attempt!.TryReuse())
        {
            _attempt.Envelope.Renew();
            _attempt.Widen(_places!, _routes.Length);
            _run.Keep(_attempt);
        }
    }

    [SuppressMessage("Reliability", "CA2012:Use ValueTasks correctly", Justification = "Waited for by its completion, then its result is taken once.")]
    private void CallRest()
    {
        _attempt!.Widen(_places!, _routes.Length);
        _slot!.Resume();
        _walk.CountsEach = true;
        _handling = InlineLine<TEvent>.Call(_event!, _routes, _attempt, run: null, ref _walk, _cancellationToken);
        if (_walk.Next < _routes.Length)
        {
            _slot.Follow(_attempt.Version + _walk.Next);
            _attempt.Narrow(_walk.Next);
        }
        else
        {
            _attempt.End();
        }
    }

    // What failed, or was given up, or is cancelled before its turn: from here on along the general way.
    private async ValueTask<bool> FinishAsync(bool isAbandoned)
    {
        Envelope envelope = _attempt!.Envelope;
        Deliverer deliverer = Deliverer;
        Delivery delivery = new(envelope, deliverer) { IsInline = true, PublisherToken = _cancellationToken };
        if (_walk.IsInHandler)
        {
            await deliverer.AdoptAsync(delivery, _attempt, _handling, isAbandoned, deliverer.MakeAttempt)
                .ConfigureAwait(Continuation.Capture);
            _walk.Next++;
        }
        else if (_handling.AsTask().Exception is { InnerException: { } filterFailure })
        {
            await deliverer.RefuseAsync(delivery, DeadLetterReason.FilterFailed, filterFailure).ConfigureAwait(Continuation.Capture);
            _walk.Next++;
        }

        Publication<TEvent> publication = new(_map, _topic, _event!, envelope, insideHandler: false, _cancellationToken);
        return await publication.RunAsync(_routes.AsMemory(_walk.Next)).ConfigureAwait(Continuation.Capture);
    }

    private void End()
    {
        ActiveWork ticket = _ticket!;
        _link.Dispose();
        _event = default;
        _places = null;
        _routes = [];
        _attempt = null;
        _slot = null;
        _handling = default;
        _link = default;
        _ticket = null;
        _cancellationToken = default;
        PublishGate.Leave(ticket);
    }
}
