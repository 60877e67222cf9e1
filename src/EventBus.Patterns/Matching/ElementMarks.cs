using System.Runtime.CompilerServices;

namespace EventBus.Patterns.Matching;

/// <summary>For each array element of an event, which of a branch's fields it serves. Reused from branch to branch.</summary>
internal sealed class ElementMarks
{
    private ElementMark[] _marks = new ElementMark[4];

    public long Bytes => (long)_marks.Length * Unsafe.SizeOf<ElementMark>();

    /// <summary>Cleared marks for a number of elements.</summary>
    public Span<ElementMark> Take(int elementCount)
    {
        if (_marks.Length < elementCount)
        {
            _marks = new ElementMark[Math.Max(elementCount, _marks.Length * 2)];
        }

        Span<ElementMark> marks = _marks.AsSpan(0, elementCount);
        marks.Clear();
        return marks;
    }
}
