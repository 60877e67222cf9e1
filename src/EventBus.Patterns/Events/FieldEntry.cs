namespace EventBus.Patterns.Events;

/// <summary>One scalar of an event, as recorded while the event was read: where its text lies, or its number.</summary>
internal struct FieldEntry
{
    public ValueKind Kind;

    /// <summary>True when the text lies in the reading's own buffer, false when in the event's JSON.</summary>
    public bool IsBuffered;

    /// <summary>True once <see cref="Number"/> holds the value.</summary>
    public bool IsParsed;

    /// <summary>True when the number has more digits than a double is sure to hold, so that equality must look at the text.</summary>
    public bool HasManyDigits;

    public int Start;
    public int Length;
    public double Number;

    /// <summary>The field the value belongs to.</summary>
    public int Field;

    /// <summary>The array element around the value: an index into the reading's elements, 0 for the event itself.</summary>
    public int Element;

    /// <summary>The next value of the same field, or 0.</summary>
    public int Next;
}
