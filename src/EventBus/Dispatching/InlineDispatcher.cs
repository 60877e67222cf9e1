using EventBus.Delivering;
using EventBus.Diagnostics;

namespace EventBus.Dispatching;

/// <summary>Runs the handler in the publisher's own flow.</summary>
internal sealed class InlineDispatcher(Deliverer deliverer) : Dispatcher
{
    private volatile bool _isClosed;

    public override int? Capacity => null;

    public override async ValueTask<DispatchOutcome> DispatchAsync(
        Delivery delivery, bool mayOverflow, CancellationToken cancellationToken)
    {
        if (_isClosed)
        {
            return DispatchOutcome.Closed;
        }

        deliverer.Counters.AcceptedToRun();
        deliverer.Observe(DeliveryStage.Accepted, delivery);
        await deliverer.RunAsync(delivery, deliverer.MakeAttempt).ConfigureAwait(Continuation.Capture);
        return DispatchOutcome.Accepted;
    }

    public override bool TryDispatchDue(Delivery delivery)
    {
        if (_isClosed)
        {
            return false;
        }

        // Counted before it starts: from now on somebody can wait for its end.
        deliverer.Counters.AcceptedToRun();
        Continuation.Start(new DueDelivery(deliverer, delivery));
        return true;
    }

    public override IReadOnlyList<Delivery> Close()
    {
        _isClosed = true;
        return [];
    }

    public override void StopRunning() => deliverer.Watch.Stop();

    public override ValueTask GiveUpAsync(IReadOnlyList<Delivery> deliveries) => default;

    // What an inline handler does not end, its publisher waits for: there is nobody else to hand the delivery to.
    public override ValueTask GiveUpRunningAsync() => default;

    /// <summary>An inline delivery without a publisher in whose flow it could run.</summary>
    private sealed class DueDelivery(Deliverer deliverer, Delivery delivery) : IThreadPoolWorkItem
    {
        public void Execute() => _ = RunAsync();

        private async Task RunAsync()
        {
            try
            {
                deliverer.Observe(DeliveryStage.Accepted, delivery);
                await deliverer.RunAsync(delivery, deliverer.AttemptAsync).ConfigureAwait(Continuation.Capture);
            }
#pragma warning disable CA1031 // A logger or listener of the application's threw, and there is no publisher who could be told.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                await deliverer.GiveUpAsync(delivery, DeadLetterReason.RetriesExhausted, exception).ConfigureAwait(Continuation.Capture);
            }
        }
    }
}
