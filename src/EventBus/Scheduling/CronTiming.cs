using Cronos;

namespace EventBus.Scheduling;

/// <summary>The times of a cron expression on the clocks of a time zone.</summary>
internal sealed class CronTiming : ScheduleTiming
{
    private const int Fields = 5;
    private const int FieldsWithSeconds = 6;

    private readonly CronExpression _expression;
    private readonly TimeZoneInfo _zone;

    private CronTiming(CronExpression expression, TimeZoneInfo zone)
    {
        _expression = expression;
        _zone = zone;
    }

    /// <exception cref="CronFormatException">The text is no cron expression.</exception>
    public static CronTiming Parse(string text, TimeZoneInfo zone) => new(
        CronExpression.Parse(text, CountFields(text) == FieldsWithSeconds ? CronFormat.IncludeSeconds : CronFormat.Standard), zone);

    /// <summary>Says what is wrong with an expression that cannot be parsed.</summary>
    public static string Explain(string text, CronFormatException exception) => CountFields(text) switch
    {
        Fields or FieldsWithSeconds => exception.Message.TrimEnd('.'),
        1 => "it has one field",
        // The parser would speak of the character at which the fields ran out.
        int count => $"it has {count} fields",
    };

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

    private static int CountFields(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
}
