namespace EventBus.Diagnostics;

/// <summary>How the span of a queued delivery is tied to the publisher's.</summary>
public enum TraceParenting
{
    /// <summary>One trace from the publisher to the last handler; the delivery is a child and has a link too.</summary>
    Child,

    /// <summary>A trace of its own for each delivery, with a link to the publisher's: for long chains and late retries.</summary>
    Link,
}
