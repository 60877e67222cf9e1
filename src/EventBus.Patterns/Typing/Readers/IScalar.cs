using EventBus.Patterns.Events;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>Records one type's values as the scalars that System.Text.Json writes for them.</summary>
internal interface IScalar<in T>
{
    static abstract void Record(T value, int field, int element, EventReading reading);
}
