namespace EventBus.Diagnostics;

/// <summary>What became of the occurrences of one schedule.</summary>
/// <param name="Name">The schedule's name.</param>
/// <param name="NextAt">
/// When it publishes next; null before the application has started, after the bus began to stop, and where no occurrence is left.
/// </param>
/// <param name="LastAt">The time for which it has last published; null where it has not yet.</param>
/// <param name="Published">Events it has published.</param>
/// <param name="Missed">Occurrences that the clock went past: of several that are due at once, the latest alone is published.</param>
/// <param name="Skipped">Occurrences that came while the event of an earlier one was still being published.</param>
/// <param name="Failed">Occurrences whose event could not be made, or not be handed to every subscription. Each is logged.</param>
public sealed record ScheduleStatistics(
    string Name, DateTimeOffset? NextAt, DateTimeOffset? LastAt, long Published, long Missed, long Skipped, long Failed);
