namespace EventBus.Delivering;

/// <summary>How one attempt ended.</summary>
internal readonly record struct AttemptResult(Delivery Delivery, FailureKind? Failure, Exception? Exception)
{
    public bool IsSuccess => Failure is null;
}
