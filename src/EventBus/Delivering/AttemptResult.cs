namespace EventBus.Delivering;

/// <summary>How one attempt ended.</summary>
internal readonly record struct AttemptResult(Delivery Delivery, FailureKind? Failure, Exception? Exception)
{
    public bool IsSuccess => Failure is null;

    /// <summary>Whether it succeeded without the handler, because the event's key was done.</summary>
    public bool IsDuplicate { get; init; }
}
