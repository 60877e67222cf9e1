namespace EventBus;

/// <summary>How the wait grows from one retry to the next.</summary>
public enum RetryBackoff
{
    /// <summary>Always the same wait.</summary>
    Constant,

    /// <summary>The n-th wait is n times the first.</summary>
    Linear,

    /// <summary>Each wait is twice the one before it.</summary>
    Exponential,
}
