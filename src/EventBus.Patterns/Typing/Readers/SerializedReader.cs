using System.Text.Json;
using EventBus.Patterns.Events;
using EventBus.Patterns.Fields;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>Reads a value whose shape its type does not tell, by way of the JSON that System.Text.Json writes of it.</summary>
internal sealed class SerializedReader<T>(ReadingPlace place, Action<Utf8JsonWriter, T> write) : ValueReader<T>(place)
{
    public override bool Read(T? value, int element, EventReading reading) =>
        Read(value, Place.Node, element, isElement: false, reading);

    public override bool ReadElement(T? value, int element, EventReading reading) =>
        Read(value, Place.Node, element, isElement: true, reading);

    /// <summary>Records a value at another node than the reader's own.</summary>
    public bool Read(T? value, FieldNode node, int element, bool isElement, EventReading reading)
    {
        // Where the writing throws, nothing may be kept of the half that was written: the scratch is emptied by disposing it.
        using var scratch = JsonScratch.Rent();
        write(scratch.Writer, value!);
        return JsonEventReader.ReadPart(scratch.Flush(), node, Place.FieldCount, element, isElement, reading);
    }
}
