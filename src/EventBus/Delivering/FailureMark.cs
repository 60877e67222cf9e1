namespace EventBus.Delivering;

/// <summary>Writes on an exception how an attempt of a delivery failed, so that the mark survives the application's own pipeline.</summary>
/// <remarks>
/// Good for that delivery alone: a handler may pass on the exception of an event that it published, or throw one object for ever.
/// </remarks>
internal static class FailureMark
{
    private const string Key = "EventBus.Failure";

    public static Exception Put(Delivery delivery, FailureKind kind, Exception exception)
    {
        exception.Data[Key] = (delivery, kind);
        return exception;
    }

    public static FailureKind? Find(Delivery delivery, Exception exception) =>
        exception.Data[Key] is (Delivery marked, FailureKind kind) && ReferenceEquals(marked, delivery) ? kind : null;
}
