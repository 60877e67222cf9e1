using EventBus.Patterns.Events;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>Reads a scalar.</summary>
/// <typeparam name="T">The type.</typeparam>
/// <typeparam name="TScalar">How it is recorded: a struct, so that recording is a direct call.</typeparam>
internal sealed class ScalarReader<T, TScalar>(ReadingPlace place) : ValueReader<T>(place)
    where TScalar : struct, IScalar<T>
{
    private readonly int _field = place.Field;
    private readonly bool _isLeaf = place.ChildCount == 0;

    public override bool Read(T? value, int element, EventReading reading)
    {
        if (!typeof(T).IsValueType && value is null)
        {
            return ReadNull(element, reading);
        }

        TScalar.Record(value!, _field, element, reading);
        return _isLeaf;
    }
}
