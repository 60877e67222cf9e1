using System.Collections;
using EventBus.Patterns.Events;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>Reads the items of a collection where no code can be made for their type.</summary>
internal sealed class BoxedListReader(ReadingPlace place, ValueReader? item) : ValueReader<object>(place)
{
    public override bool Read(object? value, int element, EventReading reading)
    {
        if (value is null)
        {
            return ReadNull(element, reading);
        }

        bool isComplete = false;
        if (item is not null)
        {
            foreach (object? each in (IEnumerable)value)
            {
                isComplete |= item.ReadElementBoxed(each, element, reading);
            }
        }

        return isComplete;
    }

    public override bool ReadElement(object? value, int element, EventReading reading) =>
        Read(value, value is null ? element : reading.AddElement(element, Place.Node), reading);
}
