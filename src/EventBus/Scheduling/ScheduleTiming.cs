namespace EventBus.Scheduling;

/// <summary>Knows at which times a schedule publishes. Immutable.</summary>
internal abstract class ScheduleTiming
{
    /// <summary>The first occurrence after a start; null where there is none.</summary>
    public abstract DateTimeOffset? First(DateTimeOffset start);

    /// <summary>Goes on from an occurrence that is due.</summary>
    /// <param name="due">The occurrence.</param>
    /// <param name="now">The time. Others may be due by now, too.</param>
    public abstract DueOccurrence GoOn(DateTimeOffset due, DateTimeOffset now);

    /// <summary>What is due at one moment.</summary>
    /// <param name="Latest">The latest occurrence that is due: the one to publish.</param>
    /// <param name="Missed">How many were due before it.</param>
    /// <param name="Next">The first that is not due yet; null where there is none.</param>
    internal readonly record struct DueOccurrence(DateTimeOffset Latest, long Missed, DateTimeOffset? Next);
}
