using EventBus.Patterns.Events;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>Reads the properties of an object that rules ask for.</summary>
/// <param name="place">The place.</param>
/// <param name="members">Those properties.</param>
/// <param name="coversAll">Whether there is one for each name below the place, and no rule asks for the place itself.</param>
internal sealed class ObjectReader<T>(ReadingPlace place, MemberReader<T>[] members, bool coversAll) : ValueReader<T>(place)
{
    private readonly MemberReader<T>[] _members = members;
    private readonly bool _coversAll = coversAll;

    public override bool Read(T? value, int element, EventReading reading)
    {
        if (!typeof(T).IsValueType && value is null)
        {
            return ReadNull(element, reading);
        }

        bool isComplete = _coversAll;
        foreach (MemberReader<T> member in _members)
        {
            isComplete &= member.Read(ref value!, element, reading);
        }

        return isComplete;
    }

    public override bool ReadElement(T? value, int element, EventReading reading) =>
        Read(value, !typeof(T).IsValueType && value is null ? element : reading.AddElement(element, Place.Node), reading);
}
