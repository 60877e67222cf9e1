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

    public override IReadOnlyList<Delivery> Close()
    {
        _isClosed = true;
        return [];
    }

    public override void StopRunning() => deliverer.Watch.Stop();

    public override ValueTask GiveUpAsync(IReadOnlyList<Delivery> deliveries) => default;

    // What an inline handler does not end, its publisher waits for: there is nobody else to hand the delivery to.
    public override ValueTask GiveUpRunningAsync() => default;
}
