using EventBus.Patterns.Events;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>Reads a property by the getter of its contract, which boxes: where there is no other, or where code sets it.</summary>
/// <param name="get">The getter.</param>
/// <param name="isWritten">Whether the value is written at all; null for always.</param>
/// <param name="skipsNull">Whether null is not written.</param>
/// <param name="value">Reads the value.</param>
internal sealed class BoxedPropertyReader<TOwner>(
    Func<object, object?> get, Func<object, object?, bool>? isWritten, bool skipsNull, ValueReader value) : MemberReader<TOwner>
{
    public override bool Read(ref TOwner owner, int element, EventReading reading)
    {
        object boxed = owner!;
        object? read = get(boxed);
        return !(skipsNull && read is null)
            && isWritten?.Invoke(boxed, read) != false
            && value.ReadBoxed(read, element, reading);
    }
}
