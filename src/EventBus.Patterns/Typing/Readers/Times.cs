using System.Buffers.Text;
using System.Globalization;
using EventBus.Patterns.Events;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>Dates and times in the ISO 8601 forms that System.Text.Json writes.</summary>
internal readonly struct Times : IScalar<DateTime>, IScalar<DateTimeOffset>, IScalar<DateOnly>, IScalar<TimeOnly>, IScalar<TimeSpan>
{
    /// <summary>Room for any of the forms: the longest is that of a time with offset, 33 characters.</summary>
    private const int LongestText = 64;

    private const int PointAt = 19;
    private const int FractionEnd = 27;

    public static void Record(DateTime value, int field, int element, EventReading reading)
    {
        Span<byte> text = reading.Reserve(LongestText);
        Utf8Formatter.TryFormat(value, text, out int length, 'O');
        reading.AddBuffered(field, element, ValueKind.String, TrimFraction(text, length));
    }

    public static void Record(DateTimeOffset value, int field, int element, EventReading reading)
    {
        Span<byte> text = reading.Reserve(LongestText);
        Utf8Formatter.TryFormat(value, text, out int length, 'O');
        reading.AddBuffered(field, element, ValueKind.String, TrimFraction(text, length));
    }

    public static void Record(DateOnly value, int field, int element, EventReading reading)
    {
        value.TryFormat(reading.Reserve(LongestText), out int length, "O", CultureInfo.InvariantCulture);
        reading.AddBuffered(field, element, ValueKind.String, length);
    }

    public static void Record(TimeOnly value, int field, int element, EventReading reading) =>
        Record(value.ToTimeSpan(), field, element, reading);

    public static void Record(TimeSpan value, int field, int element, EventReading reading)
    {
        Utf8Formatter.TryFormat(value, reading.Reserve(LongestText), out int length, 'c');
        reading.AddBuffered(field, element, ValueKind.String, length);
    }

    /// <summary>Takes out the zeros at the end of the fraction of a second, and the point where nothing is left behind it.</summary>
    private static int TrimFraction(Span<byte> text, int length)
    {
        int end = text[..FractionEnd].LastIndexOfAnyExcept((byte)'0') + 1;
        end = end == PointAt + 1 ? PointAt : end;
        text[FractionEnd..length].CopyTo(text[end..]);
        return end + length - FractionEnd;
    }
}
