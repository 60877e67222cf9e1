using EventBus.Patterns.Events;
using EventBus.Patterns.Fields;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>Records what a value's JSON would hold at one place of the tree of fields. Immutable.</summary>
/// <param name="place">The place.</param>
internal abstract class ValueReader(ReadingPlace place)
{
    private readonly int _field = place.Field;
    private readonly bool _isLeaf = place.ChildCount == 0;

    protected ReadingPlace Place { get; } = place;

    /// <inheritdoc cref="ValueReader{T}.Read"/>
    public abstract bool ReadBoxed(object? value, int element, EventReading reading);

    /// <inheritdoc cref="ValueReader{T}.ReadElement"/>
    public abstract bool ReadElementBoxed(object? value, int element, EventReading reading);

    protected bool ReadNull(int element, EventReading reading)
    {
        if (_field == FieldNode.None)
        {
            return false;
        }

        reading.Add(_field, element, ValueKind.Null);
        return _isLeaf;
    }
}
