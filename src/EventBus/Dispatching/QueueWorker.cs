using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using EventBus.Delivering;
using EventBus.Dispatching.Lanes;

namespace EventBus.Dispatching;

/// <summary>
/// Takes events from a queue and brings each to the handler, one after the other. Where the handler completes at once and nobody watches,
/// nothing is made for an event; what does not fit becomes a <see cref="Delivery"/> and takes the general way.
/// </summary>
/// <remarks>
/// Owned by one flow at a time, which goes on in the thread pool when it is started and when a handler has been waited for.
/// The queue's lock guards what others do to it.
/// </remarks>
internal sealed class QueueWorker(DeliveryQueue queue, Deliverer deliverer) : IQueueWorker
{
    // Handlers that never wait would keep the thread until the queue is empty, and other subscriptions from it.
    private const int Slice = 256;

    // Together some microseconds: a producer may come round again meanwhile, and to start a worker takes longer.
    private const int Spins = 8;
    private const int SpinLength = 20;

    private Action? _onWaited;
    private ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter _waiting;
    private AmbientAttempt _slot = new(answersItsThreadAlone: false);

    // For an event that has no envelope; and the attempt at whichever event the worker is at.
    private Envelope _envelope = new();
    private Attempt? _attempt;
    private bool _handlersWait = deliverer.HandlerMayWait;
    private bool _isStarting = true;
    private long _seen;

    // What the worker is at: a delivery, or a handler without one, or on its way between two of them. None of the three: it waits.
    private Delivery? _delivery;
    private bool _isHandling;
    private bool _isBetween;
    private bool _isGivenUp;
    private Lane? _lane;
    private long _succeeded;

    public long Succeeded => Volatile.Read(ref _succeeded);

    public IReadOnlyList<Delivery> CurrentDeliveries => Volatile.Read(ref _delivery) is { } delivery ? [delivery] : [];

    public Attempt? CurrentAttempt =>
        Volatile.Read(ref _isHandling) ? Volatile.Read(ref _attempt) : Volatile.Read(ref _delivery)?.CurrentAttempt;

    public void Execute()
    {
        if (_isStarting)
        {
            _isStarting = false;
            queue.NoteBegun();
        }

        int left = Slice;
        while (true)
        {
            if (!TryWork(ref left, out ValueTask waiting))
            {
                _waiting = waiting.ConfigureAwait(Continuation.Capture).GetAwaiter();
                _waiting.UnsafeOnCompleted(_onWaited ??= GoOn);
                return;
            }

            if (left == 0)
            {
                Continuation.Start(this);
                return;
            }

            if (!MayComeSoon() && TryEnd())
            {
                return;
            }
        }
    }

    /// <summary>Waits until others can see what the worker is at. It is some steps of our own from one to the next.</summary>
    public void WaitUntilVisible()
    {
        SpinWait spin = default;
        while (Volatile.Read(ref _isBetween))
        {
            spin.SpinOnce();
        }
    }

    /// <summary>Takes from the worker the event whose handler it calls.</summary>
    /// <returns>Null where it calls none.</returns>
    public Delivery? GiveUpUnderLock()
    {
        if (!Volatile.Read(ref _isHandling) || _isGivenUp)
        {
            return null;
        }

        _isGivenUp = true;
        deliverer.Counters.TakenOver();

        // An envelope of its own: the handler is still at the worker's.
        Delivery delivery = new(_attempt!.Envelope.Copy(), deliverer) { Lane = _lane };
        _lane = null;
        delivery.NextAttempt();
        return delivery;
    }

    public bool TryKeepUnderLock()
    {
        bool isKept = !_isGivenUp;
        _isGivenUp = false;
        return isKept;
    }

    // Works until there is nothing, the slice is over, or something has to be waited for: then it is false.
    private bool TryWork(ref int left, out ValueTask waiting)
    {
        waiting = default;
        bool isInside = false;
        try
        {
            Volatile.Write(ref _isBetween, true);
            while (left > 0 && queue.TryTake(ref _seen, out QueuedEvent @event, out _lane))
            {
                left--;
                _attempt ??= deliverer.NewAttempt(_envelope);
                if (@event.Carrier is Delivery || !deliverer.MayRunPlain || !(isInside || (isInside = _slot.TryEnterHere(_attempt))))
                {
                    // Out of the slot: what is said of a delivery is not said inside its handler.
                    LeaveSlot(ref isInside);
                    waiting = RunAsync(@event);
                    if (!waiting.IsCompletedSuccessfully)
                    {
                        return false;
                    }

                    waiting.GetAwaiter().GetResult();
                    Volatile.Write(ref _isBetween, true);
                    continue;
                }

                ValueTask handling = Call(in @event, _attempt);
                if (!handling.IsCompletedSuccessfully)
                {
                    // It may go on with the slot: that is its own from now on.
                    isInside = false;
                    _slot.Detach(_attempt.Version);
                    _slot = new AmbientAttempt(answersItsThreadAlone: false);
                    _handlersWait = true;
                    waiting = FinishAsync(_attempt, handling);
                    if (!waiting.IsCompletedSuccessfully)
                    {
                        queue.ClearTaken();
                        return false;
                    }

                    waiting.GetAwaiter().GetResult();
                    Volatile.Write(ref _isBetween, true);
                    continue;
                }

                handling.GetAwaiter().GetResult();
                EndHandling(_attempt);
                if (_handlersWait || _slot.IsShared)
                {
                    // Something may have been left behind in the context, and the next handler may take the slot along.
                    LeaveSlot(ref isInside);
                    _slot = new AmbientAttempt(answersItsThreadAlone: false);
                }
                else
                {
                    _slot.UndoChanges();
                }
            }

            Volatile.Write(ref _isBetween, false);
            return true;
        }
        finally
        {
            LeaveSlot(ref isInside);
        }
    }

    private void LeaveSlot(ref bool isInside)
    {
        if (isInside)
        {
            isInside = false;
            _slot.Leave();
        }
    }

    private ValueTask Call(in QueuedEvent @event, Attempt attempt)
    {
        attempt.Envelope = @event.Carrier as Envelope ?? @event.Fill(_envelope);
        Volatile.Write(ref _isHandling, true);
        Volatile.Write(ref _isBetween, false);
        try
        {
            return deliverer.CallHandler(attempt.Envelope.Event!, new EventContext(attempt), attempt.Token);
        }
#pragma warning disable CA1031 // The boundary of a delivery: whatever a handler throws ends here.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return ValueTask.FromException(exception);
        }
    }

    // After a success.
    private void EndHandling(Attempt attempt)
    {
        if (TryEndHandling())
        {
            Volatile.Write(ref _succeeded, _succeeded + 1);
            LeaveLane();
        }

        if (!attempt.TryReuse())
        {
            _attempt = deliverer.NewAttempt(_envelope);
            _slot.Change(_attempt);
        }
    }

    private void LeaveLane()
    {
        if (_lane is { } lane)
        {
            _lane = null;
            queue.Leave(lane, letter: null, byWorker: true);
        }
    }

    // False where the delivery was given up meanwhile, and is somebody else's.
    private bool TryEndHandling()
    {
        // Before the look: whoever gives up afterwards finds no handler, and whoever did before is found by the look. He has put a
        // barrier between his two steps for all threads, so that there need be none between these.
        Volatile.Write(ref _isBetween, true);
        Volatile.Write(ref _isHandling, false);
        return !queue.IsGivingUp || queue.TryKeep(this);
    }

    // The handler waits, or has failed.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    [SuppressMessage("Reliability", "CA2012:Use ValueTasks correctly", Justification = "Waited for by its completion, then awaited once; a failed or abandoned one is awaited by the deliverer instead.")]
    private async ValueTask FinishAsync(Attempt attempt, ValueTask handling)
    {
        bool isAbandoned = !handling.IsCompleted && !await attempt.WaitAsync(handling).ConfigureAwait(Continuation.Capture);
        if (!isAbandoned && handling.IsCompletedSuccessfully && !attempt.IsTimedOut && !attempt.IsStopped)
        {
            await handling.ConfigureAwait(Continuation.Capture);
            EndHandling(attempt);
            Volatile.Write(ref _isBetween, false);
            return;
        }

        // The attempt goes with the delivery, and its envelope too.
        bool isOurs = TryEndHandling();
        _attempt = null;
        _envelope = new Envelope();
        if (!isOurs)
        {
            Volatile.Write(ref _isBetween, false);
            _ = ObserveAsync(attempt, handling, isAbandoned);
            return;
        }

        deliverer.Counters.TakenOver();
        Delivery delivery = new(attempt.Envelope, deliverer) { Lane = _lane };
        await RunSafelyAsync(delivery, (attempt, handling, isAbandoned)).ConfigureAwait(Continuation.Capture);
    }

    // Of a delivery that was given up: whatever its handler threw is nobody's any more.
    private static async Task ObserveAsync(Attempt attempt, ValueTask handling, bool isAbandoned)
    {
        if (isAbandoned)
        {
            await attempt.LateEnd.ConfigureAwait(Continuation.Capture);
        }

        _ = handling.AsTask().Exception;
    }

    private async ValueTask RunAsync(QueuedEvent @event)
    {
        bool isRetry = @event.Carrier is Delivery { Resumption: not null };
        if (!isRetry)
        {
            deliverer.Counters.TakenOver();
        }

        var delivery = @event.ToDelivery(deliverer);
        delivery.Lane ??= _lane;
        await RunSafelyAsync(delivery, begun: null).ConfigureAwait(Continuation.Capture);
    }

    private async ValueTask RunSafelyAsync(Delivery delivery, (Attempt Attempt, ValueTask Handling, bool IsAbandoned)? begun)
    {
        Volatile.Write(ref _delivery, delivery);
        Volatile.Write(ref _isBetween, false);
        try
        {
            if (begun is { } under)
            {
                await deliverer.AdoptAsync(delivery, under.Attempt, under.Handling, under.IsAbandoned, queue.Resume)
                    .ConfigureAwait(Continuation.Capture);
            }
            else
            {
                await deliverer.RunAsync(delivery, queue.Resume).ConfigureAwait(Continuation.Capture);
            }
        }
#pragma warning disable CA1031 // A logger or listener of the application's threw. The worker must live, and the event not be lost.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await deliverer.GiveUpAsync(delivery, DeadLetterReason.RetriesExhausted, exception)
                .AsTask().ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(Continuation.Capture);
        }
        finally
        {
            Volatile.Write(ref _delivery, null);
        }
    }

    private void GoOn()
    {
        ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter waiting = _waiting;
        _waiting = default;
        waiting.GetResult();
        Execute();
    }

    private bool MayComeSoon()
    {
        if (Continuation.Capture || Environment.ProcessorCount == 1)
        {
            return false;
        }

        for (int i = 0; i < Spins; i++)
        {
            // First the wait: each look takes the cache line from the producer that is about to write to it.
            Thread.SpinWait(SpinLength);
            if (queue.HasWork)
            {
                return true;
            }
        }

        return false;
    }

    private bool TryEnd()
    {
        _lane = null;

        // Before others can start it again. An event must not live as long as the worker that handled it.
        _isStarting = true;
        _envelope.Renew();
        _attempt?.Envelope = _envelope;
        if (queue.TryEnd(this))
        {
            return true;
        }

        _isStarting = false;
        return false;
    }
}
