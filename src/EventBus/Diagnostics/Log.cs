using Microsoft.Extensions.Logging;

namespace EventBus.Diagnostics;

/// <summary>Every message the bus logs, each with its fixed id: 1xxx publish, 2xxx handling, 3xxx dead letters, 4xxx lifetime, 5xxx patterns.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Debug, "Published {EventType} {EventId}.", EventName = "EventPublished")]
    public static partial void EventPublished(ILogger logger, string eventType, Guid eventId);

    [LoggerMessage(1001, LogLevel.Warning,
        "Nobody subscribes to {EventType}. Its events are counted and dropped; this is said once for each type.",
        EventName = "NoSubscriber")]
    public static partial void NoSubscriber(ILogger logger, string eventType);

    [LoggerMessage(1002, LogLevel.Warning, "The publish of {EventType} was refused: {Cause}.", EventName = "PublishRejected")]
    public static partial void PublishRejected(ILogger logger, string eventType, string cause);

    [LoggerMessage(1003, LogLevel.Debug,
        "{EventType} {EventId} was published before with the deduplication id {DeduplicationId}, and goes to nobody.",
        EventName = "EventDeduplicated")]
    public static partial void EventDeduplicated(ILogger logger, string eventType, Guid eventId, string deduplicationId);

    [LoggerMessage(2000, LogLevel.Debug, "{Subscription} handles {EventType} {EventId}, attempt {Attempt}.", EventName = "HandlerStarted")]
    public static partial void HandlerStarted(ILogger logger, string subscription, string eventType, Guid eventId, int attempt);

    [LoggerMessage(2001, LogLevel.Debug, "{Subscription} has handled {EventType} {EventId}, attempt {Attempt}.", EventName = "HandlerSucceeded")]
    public static partial void HandlerSucceeded(ILogger logger, string subscription, string eventType, Guid eventId, int attempt);

    [LoggerMessage(2002, LogLevel.Warning,
        "{Subscription} failed on {EventType} {EventId}, attempt {Attempt}; it is tried again in {Delay}.", EventName = "HandlerRetrying")]
    public static partial void HandlerRetrying(
        ILogger logger, Exception? exception, string subscription, string eventType, Guid eventId, int attempt, TimeSpan delay);

    [LoggerMessage(2003, LogLevel.Error,
        "{Subscription} finally failed on {EventType} {EventId} after {Attempt} attempts.", EventName = "HandlerFailed")]
    public static partial void HandlerFailed(
        ILogger logger, Exception? exception, string subscription, string eventType, Guid eventId, int attempt);

    [LoggerMessage(2004, LogLevel.Trace, "The filter of {Subscription} turned {EventType} {EventId} away.", EventName = "FilterRejected")]
    public static partial void FilterRejected(ILogger logger, string subscription, string eventType, Guid eventId);

    [LoggerMessage(2005, LogLevel.Error,
        "{Subscription} went on with {EventType} {EventId} after its token had fired; its place was given away.",
        EventName = "HandlerAbandoned")]
    public static partial void HandlerAbandoned(ILogger logger, string subscription, string eventType, Guid eventId);

    [LoggerMessage(2006, LogLevel.Warning,
        "The abandoned handler of {Subscription} has ended on {EventType} {EventId}, too late to count.", EventName = "HandlerEndedLate")]
    public static partial void HandlerEndedLate(
        ILogger logger, Exception? exception, string subscription, string eventType, Guid eventId);

    [LoggerMessage(2007, LogLevel.Debug,
        "{Subscription} has handled the key of {EventType} {EventId} before, and skips it.", EventName = "DuplicateSkipped")]
    public static partial void DuplicateSkipped(ILogger logger, string subscription, string eventType, Guid eventId);

    [LoggerMessage(2020, LogLevel.Error,
        "The {Outcome} of {Subscription} on {EventType} {EventId} could not be told. The delivery stays as it ended.",
        EventName = "OutcomeFailed")]
    public static partial void OutcomeFailed(
        ILogger logger, Exception exception, string outcome, string subscription, string eventType, Guid eventId);

    [LoggerMessage(2021, LogLevel.Debug,
        "The {Outcome} of {Subscription} on {EventType} {EventId} is not told: {Cause}.", EventName = "OutcomeSkipped")]
    public static partial void OutcomeSkipped(
        ILogger logger, string outcome, string subscription, string eventType, Guid eventId, string cause);

    [LoggerMessage(3000, LogLevel.Error,
        "{EventType} {EventId} is a dead letter of {Subscription}: {Reason} after {Attempts} attempts (letter {LetterId}).",
        EventName = "DeadLettered")]
    public static partial void DeadLettered(
        ILogger logger, string eventType, Guid eventId, string subscription, string reason, int attempts, Guid letterId);

    [LoggerMessage(3001, LogLevel.Critical,
        "The dead-letter sink {Sink} failed on letter {LetterId} of {Subscription}. The letter is kept in memory and is lost with the process.",
        EventName = "DeadLetterSinkFailed")]
    public static partial void DeadLetterSinkFailed(
        ILogger logger, Exception exception, string sink, Guid letterId, string subscription);

    [LoggerMessage(3002, LogLevel.Information, "Letter {LetterId} was redriven to {Subscription}.", EventName = "Redriven")]
    public static partial void Redriven(ILogger logger, Guid letterId, string subscription);

    [LoggerMessage(3003, LogLevel.Warning,
        "The dead-letter store holds {Capacity} letters and evicts the oldest. Redrive or discard letters, or raise EventBusOptions.DeadLetterCapacity.",
        EventName = "DeadLetterEvicted")]
    public static partial void DeadLetterEvicted(ILogger logger, int capacity);

    [LoggerMessage(4000, LogLevel.Information, "The event bus has started with {Subscriptions} subscriptions.", EventName = "Started")]
    public static partial void Started(ILogger logger, int subscriptions);

    [LoggerMessage(4001, LogLevel.Information,
        "The event bus takes no more events and completes {Pending} pending deliveries.", EventName = "Draining")]
    public static partial void Draining(ILogger logger, long pending);

    [LoggerMessage(4002, LogLevel.Warning,
        "Time is up: {DeadLettered} deliveries became dead letters at shutdown, {Stuck} handlers did not end.", EventName = "DrainTimedOut")]
    public static partial void DrainTimedOut(ILogger logger, long deadLettered, long stuck);

    [LoggerMessage(4003, LogLevel.Information,
        "The event bus has stopped: {Accepted} accepted, {Succeeded} succeeded, {DeadLettered} dead-lettered.", EventName = "Stopped")]
    public static partial void Stopped(ILogger logger, long accepted, long succeeded, long deadLettered);

    [LoggerMessage(4004, LogLevel.Warning,
        "The configuration sets '{Path}', but no subscription has that name so far.{DidYouMean}", EventName = "ConfigurationUnused")]
    public static partial void ConfigurationUnused(ILogger logger, string path, string didYouMean);

    [LoggerMessage(4005, LogLevel.Error, "The delivery observer {Observer} threw. The delivery goes on.", EventName = "ObserverFailed")]
    public static partial void ObserverFailed(ILogger logger, Exception exception, string observer);

    [LoggerMessage(4006, LogLevel.Warning,
        "{Delayed} deliveries still waited for their time when they were ended, and became dead letters.", EventName = "DelaysGivenUp")]
    public static partial void DelaysGivenUp(ILogger logger, int delayed);

    [LoggerMessage(4007, LogLevel.Error,
        "The schedule {Schedule} could not make its event of {OccurredAt}. It goes on with its next occurrence.",
        EventName = "ScheduleFactoryFailed")]
    public static partial void ScheduleFactoryFailed(ILogger logger, Exception exception, string schedule, DateTimeOffset occurredAt);

    [LoggerMessage(4008, LogLevel.Error,
        "The event that the schedule {Schedule} has published for {OccurredAt} did not reach every subscription. It goes on with its next occurrence.",
        EventName = "SchedulePublishFailed")]
    public static partial void SchedulePublishFailed(ILogger logger, Exception exception, string schedule, DateTimeOffset occurredAt);

    [LoggerMessage(4009, LogLevel.Warning,
        "The schedule {Schedule} skips its occurrence of {OccurredAt}: the event of an earlier one is still being published.",
        EventName = "ScheduleSkipped")]
    public static partial void ScheduleSkipped(ILogger logger, string schedule, DateTimeOffset occurredAt);

    [LoggerMessage(4010, LogLevel.Warning,
        "The schedule {Schedule} has missed {Missed} occurrences before that of {OccurredAt}: the clock went past them.",
        EventName = "ScheduleMissed")]
    public static partial void ScheduleMissed(ILogger logger, string schedule, long missed, DateTimeOffset occurredAt);

    [LoggerMessage(5000, LogLevel.Debug, "{Subscription} takes what matches {Pattern}.", EventName = "PatternCompiled")]
    public static partial void PatternCompiled(ILogger logger, string subscription, string pattern);

    [LoggerMessage(5001, LogLevel.Warning,
        "The pattern that the configuration now gives {Subscription} cannot be used, and the one before stays. {Problem}",
        EventName = "PatternNeverMatches")]
    public static partial void PatternNeverMatches(ILogger logger, string subscription, string problem);

    [LoggerMessage(5002, LogLevel.Information,
        "The configuration has changed the patterns of {Subscription}. From now on it takes {Taken}.", EventName = "PatternChanged")]
    public static partial void PatternChanged(ILogger logger, string subscription, string taken);
}
