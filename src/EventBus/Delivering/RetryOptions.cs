namespace EventBus.Delivering;

/// <summary>When a failed attempt is made again. Waiting for a retry holds no worker.</summary>
public sealed class RetryOptions
{
    /// <summary>How many attempts may follow the first.</summary>
    /// <value>Zero or more; 2 by default. Zero retries nothing.</value>
    public int MaxRetryAttempts { get; set; } = 2;

    /// <summary>The wait before the first retry. <see cref="Backoff"/> says how later waits grow.</summary>
    /// <value>Zero to one day; 1 second by default. Zero retries at once.</value>
    public TimeSpan Delay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between two attempts.</summary>
    /// <value>Zero to one day; null by default: one day.</value>
    public TimeSpan? MaxDelay { get; set; }

    /// <summary>How the wait grows.</summary>
    /// <value><see cref="RetryBackoff.Exponential"/> by default.</value>
    public RetryBackoff Backoff { get; set; } = RetryBackoff.Exponential;

    /// <summary>Spreads the waits at random, so that deliveries that failed together do not come back together.</summary>
    /// <value>True by default: Polly's decorrelated jitter for exponential waits, plus or minus 25 % for the others.</value>
    public bool UseJitter { get; set; } = true;

    internal RetryOptions Copy() => (RetryOptions)MemberwiseClone();
}
