using EventBus.Delivering;
using EventBus.Diagnostics;
using EventBus.Dispatching.Lanes;

namespace EventBus.Dispatching;

/// <summary>Puts deliveries into a bounded queue, and says what becomes of those that find it full.</summary>
internal sealed class QueuedDispatcher : Dispatcher
{
    private readonly Deliverer _deliverer;
    private readonly QueueFullMode _fullMode;

    public QueuedDispatcher(Deliverer deliverer, QueueOptions options, LaneRule? lanes, BatchOptions? batch)
    {
        _deliverer = deliverer;
        _fullMode = options.FullMode;
        Queue = new DeliveryQueue(options.Capacity, options.MaxConcurrency, deliverer, lanes, batch);
        Capacity = options.Capacity;
    }

    public override int? Capacity { get; }

    public DeliveryQueue Queue { get; }

    public override void FindKey(Delivery delivery) => delivery.Key = Queue.KeyOf(delivery.Envelope.Event!);

    public override ValueTask<DispatchOutcome> DispatchAsync(
        Delivery delivery, bool mayOverflow, CancellationToken cancellationToken)
    {
        DeliveryQueue.Addition addition = Queue.TryAdd(new QueuedEvent(delivery), mayOverflow && _fullMode == QueueFullMode.Wait);
        switch (addition)
        {
            case DeliveryQueue.Addition.Added:
                _deliverer.Observe(DeliveryStage.Accepted, delivery);
                return new ValueTask<DispatchOutcome>(DispatchOutcome.Accepted);
            case DeliveryQueue.Addition.Overflowed:
                _deliverer.Telemetry.Overflowed(delivery.Envelope.TypeName, _deliverer.Name);
                _deliverer.Observe(DeliveryStage.Accepted, delivery);
                return new ValueTask<DispatchOutcome>(DispatchOutcome.Accepted);
            case DeliveryQueue.Addition.Parked:
                return new ValueTask<DispatchOutcome>(DispatchOutcome.Parked);
            case DeliveryQueue.Addition.Paused:
                return new ValueTask<DispatchOutcome>(DispatchOutcome.Paused);
            case DeliveryQueue.Addition.Closed:
                return new ValueTask<DispatchOutcome>(DispatchOutcome.Closed);
        }

        switch (_fullMode)
        {
            case QueueFullMode.Reject:
                _deliverer.Counters.Rejected();
                return new ValueTask<DispatchOutcome>(DispatchOutcome.Rejected);
            case QueueFullMode.DeadLetter:
                return new ValueTask<DispatchOutcome>(DispatchOutcome.Full);
            default:
                return WaitAsync(delivery, cancellationToken);
        }
    }

    public override PauseMode? Paused => Queue.Paused;

    public override bool IsParked(object? key) => Queue.IsParked(key);

    public override Guid? FirstLetterOf(object? key) => Queue.FirstLetterOf(key);

    public override void Forget(Guid letter) => Queue.Forget(letter);

    public override bool TryDispatchDue(Delivery delivery)
    {
        switch (Queue.TryAdd(new QueuedEvent(delivery), mayOverflow: true))
        {
            case DeliveryQueue.Addition.Closed:
                return false;
            case DeliveryQueue.Addition.Parked:
                _ = _deliverer.RefuseAsync(delivery, DeadLetterReason.Parked).AsTask();
                return true;
            case DeliveryQueue.Addition.Paused:
                _ = _deliverer.RefuseAsync(delivery, DeadLetterReason.Paused).AsTask();
                return true;
            case DeliveryQueue.Addition.Overflowed:
                _deliverer.Telemetry.Overflowed(delivery.Envelope.TypeName, _deliverer.Name);
                break;
        }

        _deliverer.Observe(DeliveryStage.Accepted, delivery);
        return true;
    }

    public override void Hurry() => Queue.Hurry();

    public override IReadOnlyList<Delivery> Close() => Queue.Close();

    public override void StopRunning()
    {
        _deliverer.Watch.Stop();
        foreach (Attempt attempt in Queue.RunningAttempts())
        {
            // A handler that has not come to a first wait is not watched yet, and may be polling its token.
            _deliverer.Watch.Add(attempt);
        }
    }

    public override async ValueTask GiveUpAsync(IReadOnlyList<Delivery> deliveries)
    {
        foreach (Delivery delivery in deliveries)
        {
            if (delivery.Resumption is { } resumption)
            {
                // Its retry loop waits for this attempt, and writes the letter itself.
                delivery.Resumption = null;
                resumption.TrySetResult(new AttemptResult(delivery, FailureKind.Stopped, null));
            }
            else
            {
                await _deliverer.GiveUpAsync(delivery, DeadLetterReason.Shutdown).ConfigureAwait(Continuation.Capture);
            }
        }
    }

    public override async ValueTask GiveUpRunningAsync()
    {
        foreach (Delivery delivery in Queue.TakeRunning())
        {
            await _deliverer.GiveUpAsync(delivery, DeadLetterReason.Shutdown).ConfigureAwait(Continuation.Capture);
        }
    }

    private async ValueTask<DispatchOutcome> WaitAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        DispatchOutcome outcome = await Queue.WaitToAddAsync(delivery, cancellationToken).ConfigureAwait(Continuation.Capture);
        if (outcome == DispatchOutcome.Accepted)
        {
            _deliverer.Observe(DeliveryStage.Accepted, delivery);
        }

        return outcome;
    }
}
