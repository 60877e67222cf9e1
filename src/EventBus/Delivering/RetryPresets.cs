namespace EventBus.Delivering;

/// <summary>The schedules behind <see cref="RetryPreset"/>.</summary>
internal static class RetryPresets
{
    public static RetryOptions Options(RetryPreset preset) => preset switch
    {
        RetryPreset.None => new RetryOptions { MaxRetryAttempts = 0 },
        RetryPreset.Default => new RetryOptions(),
        RetryPreset.LambdaAsync => new RetryOptions
        {
            MaxRetryAttempts = 2,
            Delay = TimeSpan.FromMinutes(1),
            Backoff = RetryBackoff.Linear,
            UseJitter = false,
        },
        RetryPreset.EventBridge => new RetryOptions
        {
            MaxRetryAttempts = 185,
            Delay = TimeSpan.FromSeconds(1),
            MaxDelay = TimeSpan.FromMinutes(8),
        },
        RetryPreset.StepFunctions => new RetryOptions
        {
            MaxRetryAttempts = 3,
            Delay = TimeSpan.FromSeconds(1),
            UseJitter = false,
        },
        _ => throw new ArgumentOutOfRangeException(nameof(preset), preset, "There is no such retry preset."),
    };

    /// <summary>The age at which the schedule ends whatever retries are left; null without one.</summary>
    public static TimeSpan? MaxAge(RetryPreset preset) => preset switch
    {
        RetryPreset.LambdaAsync => TimeSpan.FromHours(6),
        RetryPreset.EventBridge => TimeSpan.FromHours(24),
        _ => null,
    };
}
