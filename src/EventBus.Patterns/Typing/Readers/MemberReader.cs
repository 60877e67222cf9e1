using EventBus.Patterns.Events;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>Reads one property or field of an object. Immutable.</summary>
internal abstract class MemberReader<TOwner>
{
    /// <summary>Records the property's value.</summary>
    /// <param name="owner">The object; by reference so that a struct is not copied for each of its members.</param>
    /// <param name="element">The array element around it.</param>
    /// <param name="reading">What is found goes here.</param>
    /// <returns>As <see cref="ValueReader{T}.Read"/>; false for a property that is not written.</returns>
    public abstract bool Read(ref TOwner owner, int element, EventReading reading);
}
