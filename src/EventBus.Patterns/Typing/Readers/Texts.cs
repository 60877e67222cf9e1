using System.Buffers.Text;
using EventBus.Patterns.Events;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>What is written as a string of its own characters; and booleans.</summary>
internal readonly struct Texts : IScalar<string>, IScalar<char>, IScalar<Uri>, IScalar<Guid>, IScalar<bool>
{
    private const int GuidLength = 36;

    public static void Record(string value, int field, int element, EventReading reading) => reading.AddString(field, element, value);

    public static void Record(char value, int field, int element, EventReading reading) =>
        reading.AddString(field, element, new ReadOnlySpan<char>(in value));

    public static void Record(Uri value, int field, int element, EventReading reading) =>
        reading.AddString(field, element, value.OriginalString);

    public static void Record(Guid value, int field, int element, EventReading reading)
    {
        Utf8Formatter.TryFormat(value, reading.Reserve(GuidLength), out int length);
        reading.AddBuffered(field, element, ValueKind.String, length);
    }

    public static void Record(bool value, int field, int element, EventReading reading) =>
        reading.Add(field, element, value ? ValueKind.True : ValueKind.False);
}
