namespace EventBus.Delivering;

/// <summary>Decides what follows a failed attempt. Pure: the same failure always gets the same answer.</summary>
internal static class RetryDecision
{
    /// <summary>Decides between another attempt and a dead letter.</summary>
    /// <param name="settings">The subscription's rules.</param>
    /// <param name="failure">How the attempt failed.</param>
    /// <param name="exception">What it threw, where it threw.</param>
    /// <param name="retriesMade">How many retries went before this attempt.</param>
    /// <returns>Why the delivery must be given up; null to try again.</returns>
    public static DeadLetterReason? Decide(
        DeliverySettings settings, FailureKind failure, Exception? exception, int retriesMade)
    {
        switch (failure)
        {
            case FailureKind.Stopped:
                return DeadLetterReason.Shutdown;
            case FailureKind.PublishCancelled:
                return DeadLetterReason.PublishCancelled;
            case FailureKind.Expired:
                return DeadLetterReason.Expired;
            case FailureKind.Abandoned:
                // The handler is still at it: another attempt would run the event twice at once.
                return DeadLetterReason.TimedOut;
        }

        if (exception is not null && settings.NotRetryable.Any(type => type.IsInstanceOfType(exception)))
        {
            return DeadLetterReason.NotRetryable;
        }

        if (retriesMade < (settings.Retry?.MaxRetryAttempts ?? 0))
        {
            return null;
        }

        return failure == FailureKind.TimedOut ? DeadLetterReason.TimedOut : DeadLetterReason.RetriesExhausted;
    }
}
