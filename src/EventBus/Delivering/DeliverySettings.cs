using EventBus.Delivering.Keys;
using Polly;

namespace EventBus.Delivering;

/// <summary>How one subscription delivers: its options as they were validated, frozen.</summary>
internal sealed record DeliverySettings
{
    /// <summary>The timeout of a subscription that names none. Watched from the handler's first wait, so it costs nothing before.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(15);

    /// <summary>Null: no retry by the bus.</summary>
    public RetryOptions? Retry { get; init; }

    public IReadOnlyList<Type> NotRetryable { get; init; } = [];

    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>Whether the subscription named its timeout: then it is counted from the very start of the attempt.</summary>
    public bool IsTimeoutChosen { get; init; }

    public TimeSpan? MaxAge { get; init; }

    public Action<ResiliencePipelineBuilder>? Resilience { get; init; }

    public bool AllowsRecursion { get; init; }

    /// <summary>What lets each attempt in; null where nothing does.</summary>
    public AttemptLimits? Limits { get; init; }

    /// <summary>Null: each delivery is handled, whatever was handled before.</summary>
    public KeyRule? Idempotency { get; init; }

    /// <summary>What is published when a delivery has ended; null where nothing is.</summary>
    public OutcomeDestinations? Outcomes { get; init; }

    /// <summary>Whether a batch whose handler throws is handed over again in halves.</summary>
    public bool Bisects { get; init; }
}
