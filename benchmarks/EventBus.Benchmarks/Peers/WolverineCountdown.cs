using EventBus.Benchmarks.Queueing;

namespace EventBus.Benchmarks.Peers;

/// <summary>The handler behind Wolverine's local queue.</summary>
public static class WolverineCountdown
{
    public static void Handle(Measured @event, Countdown countdown) => countdown.SignalFromMany(@event);
}
