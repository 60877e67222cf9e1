using EventBus.DeadLettering;
using EventBus.Diagnostics;

namespace EventBus.Delivering;

/// <summary>What all deliverers of a bus share.</summary>
internal sealed record DeliveryEnvironment(
    TimeProvider Clock,
    TimeSpan AbandonAfter,
    Telemetry Telemetry,
    DeadLetterOffice DeadLetters,
    ActiveWork Active,
    AlarmClock Alarms,
    Func<double>? Jitter,
    CancellationToken Stopped)
{
    public LimitGroups LimitGroups { get; } = new();

    /// <summary>Where outcomes are published. Set once, when the bus is made, before its first event.</summary>
    public IEventBus? Bus { get; set; }
}
