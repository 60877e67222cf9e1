using EventBus.Patterns.Events;

namespace EventBus.Patterns.Typing.Readers;

/// <inheritdoc/>
internal abstract class ValueReader<T>(ReadingPlace place) : ValueReader(place)
{
    /// <summary>Records a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="element">The array element around it.</param>
    /// <param name="reading">What is found goes here.</param>
    /// <returns>Whether every field at the place and below was found, as the reader of JSON would tell it.</returns>
    public abstract bool Read(T? value, int element, EventReading reading);

    /// <summary>Records a value that stands in an array: what is no scalar becomes an element of its own.</summary>
    /// <inheritdoc cref="Read"/>
    public virtual bool ReadElement(T? value, int element, EventReading reading) => Read(value, element, reading);

    public sealed override bool ReadBoxed(object? value, int element, EventReading reading) =>
        value is null && default(T) is not null ? ReadNull(element, reading) : Read((T?)value, element, reading);

    public sealed override bool ReadElementBoxed(object? value, int element, EventReading reading) =>
        value is null && default(T) is not null ? ReadNull(element, reading) : ReadElement((T?)value, element, reading);
}
