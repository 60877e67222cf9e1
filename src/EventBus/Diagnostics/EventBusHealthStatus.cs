namespace EventBus.Diagnostics;

/// <summary>How well the bus does, worst last.</summary>
public enum EventBusHealthStatus
{
    /// <summary>Takes events, and nothing needs a look.</summary>
    Healthy,

    /// <summary>Takes events, but somebody should look: dead letters wait, a queue fills up, handlers were abandoned.</summary>
    Degraded,

    /// <summary>Takes no events, or will soon take none: it is stopping or has stopped.</summary>
    Unhealthy,
}
