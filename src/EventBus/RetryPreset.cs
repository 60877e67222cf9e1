namespace EventBus;

/// <summary>Retry schedules that are documented elsewhere, to start from.</summary>
public enum RetryPreset
{
    /// <summary>No retry: the first failure is final.</summary>
    None,

    /// <summary>Two retries, after about 1 and 2 seconds, with jitter: what a queued subscription does unless told otherwise.</summary>
    Default,

    /// <summary>AWS Lambda's asynchronous invocation: two retries, after 1 and 2 minutes; events expire after 6 hours.</summary>
    LambdaAsync,

    /// <summary>
    /// Amazon EventBridge: 185 retries or 24 hours, whichever ends first, exponential with jitter. The service does not publish
    /// its waits; these start at 1 second and stop growing at 8 minutes, which spreads 185 retries over those 24 hours.
    /// </summary>
    EventBridge,

    /// <summary>AWS Step Functions' default retrier: three retries, after 1, 2 and 4 seconds, without jitter.</summary>
    StepFunctions,
}
