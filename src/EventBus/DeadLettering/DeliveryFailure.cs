namespace EventBus.DeadLettering;

/// <summary>One failed attempt, as data that can be stored.</summary>
/// <param name="Attempt">Which attempt failed, counted from 1; 0 where no handler was called (a filter that threw, say).</param>
/// <param name="FailedAt">When it failed. UTC.</param>
/// <param name="ExceptionType">The full name of the exception's type.</param>
/// <param name="Message">The exception's message.</param>
/// <param name="Details">The exception as text, with inner exceptions and stack traces.</param>
public sealed record DeliveryFailure(int Attempt, DateTimeOffset FailedAt, string ExceptionType, string Message, string Details);
