using EventBus.Patterns.Events;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>Reads what a nullable value type holds, or null.</summary>
internal sealed class NullableReader<T>(ReadingPlace place, ValueReader<T> value) : ValueReader<T?>(place)
    where T : struct
{
    public override bool Read(T? value, int element, EventReading reading) =>
        value.HasValue ? _value.Read(value.GetValueOrDefault(), element, reading) : ReadNull(element, reading);

    public override bool ReadElement(T? value, int element, EventReading reading) =>
        value.HasValue ? _value.ReadElement(value.GetValueOrDefault(), element, reading) : ReadNull(element, reading);

    private readonly ValueReader<T> _value = value;
}
