using System.Collections.Concurrent;
using System.Text.Json;
using EventBus.Patterns.Events;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>Reads an enum that is written as its name, by the text that System.Text.Json wrote for the value before.</summary>
/// <typeparam name="T">The enum.</typeparam>
internal sealed class EnumTextReader<T>(ReadingPlace place, Action<Utf8JsonWriter, T> write) : ValueReader<T>(place)
{
    /// <summary>Sums of flags and numbers without a name could be many; those beyond are written anew each time.</summary>
    private const int MostKept = 1024;

    private readonly int _field = place.Field;
    private readonly bool _isLeaf = place.ChildCount == 0;
    private readonly SerializedReader<T> _serialized = new(place, write);
#pragma warning disable CS8714 // No enum is null.
    private readonly ConcurrentDictionary<T, byte[]> _texts = new();
#pragma warning restore CS8714

    public override bool Read(T? value, int element, EventReading reading)
    {
        if (!_texts.TryGetValue(value!, out byte[]? text))
        {
            text = Learn(value!);
        }

        // What has no name is written as a number.
        if (text.Length == 0)
        {
            return _serialized.Read(value, element, reading);
        }

        text.CopyTo(reading.Reserve(text.Length));
        reading.AddBuffered(_field, element, ValueKind.String, text.Length);
        return _isLeaf;
    }

    private byte[] Learn(T value)
    {
        using var scratch = JsonScratch.Rent();
        write(scratch.Writer, value);
        Utf8JsonReader json = new(scratch.Flush());
        json.Read();
        byte[] text = json.TokenType == JsonTokenType.String ? System.Text.Encoding.UTF8.GetBytes(json.GetString()!) : [];
        if (_texts.Count < MostKept)
        {
            _texts.TryAdd(value, text);
        }

        return text;
    }
}
