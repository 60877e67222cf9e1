using Cronos;

namespace EventBus.Scheduling;

/// <summary>The times of a cron expression on the clocks of a time zone.</summary>
internal sealed class CronTiming : ScheduleTiming
{
    private const int FieldsWithSeconds = 6;

    private readonly CronExpression _expression;
    private readonly TimeZoneInfo _zone;

    private CronTiming(CronExpression expression, TimeZoneInfo zone)
    {
        _expression = expression;
        _zone = zone;
    }

    /// <exception cref="CronFormatException">The text is no cron expression.</exception>
    public static CronTiming Parse(string text, TimeZoneInfo zone)
    {
        int fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        return new CronTiming(
            CronExpression.Parse(text, fields == FieldsWithSeconds ? CronFormat.IncludeSeconds : CronFormat.Standard), zone);
    }

    public override DateTimeOffset? First(DateTimeOffset start) => _expression.GetNextOccurrence(start, _zone);

    public override DueOccurrence GoOn(DateTimeOffset due, DateTimeOffset now)
    {
        DateTimeOffset latest = due;
        long missed = 0;
        DateTimeOffset? next;
        while ((next = _expression.GetNextOccurrence(latest, _zone)) <= now)
        {
            latest = next.Value;
            missed++;
        }

        return new DueOccurrence(latest, missed, next);
    }
}
