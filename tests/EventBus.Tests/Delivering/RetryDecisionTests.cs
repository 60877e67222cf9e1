using EventBus.Delivering;

namespace EventBus.Tests.Delivering;

public sealed class RetryDecisionTests
{
    private sealed class Special : InvalidOperationException;

    public static TheoryData<string, bool, bool, DeadLetterReason?> Table()
    {
        TheoryData<string, bool, bool, DeadLetterReason?> table = [];
        foreach (FailureKind failure in Enum.GetValues<FailureKind>())
        {
            foreach (bool retriesLeft in (bool[])[true, false])
            {
                foreach (bool retryable in (bool[])[true, false])
                {
                    table.Add(failure.ToString(), retriesLeft, retryable, Expected(failure, retriesLeft, retryable));
                }
            }
        }

        return table;
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void Decide_FailureRetriesAndException_GiveTheReason(
        string failure, bool retriesLeft, bool retryable, DeadLetterReason? expected)
    {
        DeliverySettings settings = Settings(3, typeof(InvalidOperationException));
        Exception exception = retryable ? new ArgumentException("wrong") : new Special();

        DeadLetterReason? reason = RetryDecision.Decide(settings, Enum.Parse<FailureKind>(failure), exception, retriesLeft ? 2 : 3);

        Assert.Equal(expected, reason);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, null)]
    [InlineData(2, DeadLetterReason.RetriesExhausted)]
    [InlineData(3, DeadLetterReason.RetriesExhausted)]
    public void Decide_TwoRetriesAllowed_EndsAfterTwo(int retriesMade, DeadLetterReason? expected) =>
        Assert.Equal(expected, RetryDecision.Decide(Settings(2), FailureKind.Thrown, new Special(), retriesMade));

    [Fact]
    public void Decide_NoRetryOptions_IsFinalAtOnce() => Assert.Equal(
        DeadLetterReason.RetriesExhausted, RetryDecision.Decide(new DeliverySettings(), FailureKind.Thrown, new Special(), 0));

    [Fact]
    public void Decide_FailureWithoutException_IsRetried() =>
        Assert.Null(RetryDecision.Decide(Settings(1, typeof(Exception)), FailureKind.TimedOut, null, 0));

    [Fact]
    public void Decide_BaseOfTheNotRetryableType_IsRetried() =>
        Assert.Null(RetryDecision.Decide(Settings(1, typeof(Special)), FailureKind.Thrown, new InvalidOperationException(), 0));

    [Fact]
    public void Decide_OneOfSeveralNotRetryableTypes_IsFinal() => Assert.Equal(
        DeadLetterReason.NotRetryable,
        RetryDecision.Decide(Settings(1, typeof(ArgumentException), typeof(Special)), FailureKind.Thrown, new Special(), 0));

    [Fact]
    public void Decide_OperationCanceledThrownByTheHandler_IsRetried() =>
        Assert.Null(RetryDecision.Decide(Settings(1), FailureKind.Thrown, new TaskCanceledException(), 0));

    // Written as a table of its own, not as the code's order of questions.
    private static DeadLetterReason? Expected(FailureKind failure, bool retriesLeft, bool retryable) =>
        (failure, retryable, retriesLeft) switch
        {
            (FailureKind.Stopped, _, _) => DeadLetterReason.Shutdown,
            (FailureKind.PublishCancelled, _, _) => DeadLetterReason.PublishCancelled,
            (FailureKind.Expired, _, _) => DeadLetterReason.Expired,
            (FailureKind.Abandoned, _, _) => DeadLetterReason.TimedOut,
            (FailureKind.Thrown or FailureKind.TimedOut, false, _) => DeadLetterReason.NotRetryable,
            (FailureKind.Thrown or FailureKind.TimedOut, true, true) => null,
            (FailureKind.Thrown, true, false) => DeadLetterReason.RetriesExhausted,
            (FailureKind.TimedOut, true, false) => DeadLetterReason.TimedOut,
            _ => throw new ArgumentOutOfRangeException(nameof(failure)),
        };

    private static DeliverySettings Settings(int retries, params Type[] notRetryable) => new()
    {
        Retry = new RetryOptions { MaxRetryAttempts = retries },
        NotRetryable = notRetryable,
    };
}
