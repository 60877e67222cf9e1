namespace EventBus.Delivering;

/// <summary>Writes on an exception how its attempt failed, so that the mark survives the application's own pipeline.</summary>
internal static class FailureMark
{
    private const string Key = "EventBus.FailureKind";

    public static Exception Put(FailureKind kind, Exception exception)
    {
        exception.Data[Key] = kind;
        return exception;
    }

    public static bool Has(Exception exception) => exception.Data.Contains(Key);

    public static FailureKind? Find(Exception exception) => exception.Data[Key] as FailureKind?;
}
