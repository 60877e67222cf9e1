using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;
using EventBus.Patterns.Fields;

namespace EventBus.Patterns.Events;

/// <summary>What was found in an event: the scalars of the fields asked for, and the array elements around them.</summary>
/// <remarks>For one thread at a time, and meant to be used again: see <see cref="Rent"/>.</remarks>
internal sealed class EventReading
{
    /// <summary>A reading that grew beyond so many bytes is not kept, so that one huge event does not hold its memory for ever.</summary>
    private const long LargestKept = 1 << 20;

    [ThreadStatic]
    private static EventReading? _kept;

    private int[] _firstOfField = new int[16];
    private byte[] _buffer = new byte[256];
    private FieldEntry[] _values = new FieldEntry[16];
    private ElementEntry[] _elements = new ElementEntry[4];
    private int _buffered;

    // Rarely used: see CloseFound.
    private readonly HashSet<int> _closed = [];
    private readonly Stack<int> _closedInTurn = [];

    /// <summary>How many values there are, counted from 1.</summary>
    public int ValueCount { get; private set; }

    /// <summary>How many array elements there are, the event itself counted as number 0.</summary>
    public int ElementCount { get; private set; } = 1;

    public ReadOnlySpan<ElementEntry> Elements => _elements.AsSpan(0, ElementCount);

    /// <summary>The working memory of the matching that follows.</summary>
    public Matching.MatchMemory Memory { get; } = new();

    /// <summary>An empty reading with room for a number of fields. Each must be given back.</summary>
    public static EventReading Rent(int fieldCount)
    {
        EventReading reading = _kept ?? new EventReading();
        _kept = null;
        if (reading._firstOfField.Length < fieldCount)
        {
            reading._firstOfField = new int[Math.Max(fieldCount, reading._firstOfField.Length * 2)];
        }

        return reading;
    }

    public void Return()
    {
        for (int i = 1; i <= ValueCount; i++)
        {
            _firstOfField[_values[i].Field] = 0;
        }

        // The elements know nodes of a tree that others may be done with.
        Array.Clear(_elements, 0, ElementCount);
        ValueCount = 0;
        ElementCount = 1;
        _buffered = 0;
        Reopen(0);
        Memory.Clear();
        if (Bytes <= LargestKept)
        {
            _kept = this;
        }
    }

    private long Bytes => _buffer.Length
        + ((long)_values.Length * Unsafe.SizeOf<FieldEntry>())
        + ((long)_elements.Length * Unsafe.SizeOf<ElementEntry>())
        + Memory.Bytes;

    /// <summary>The number of a field's newest value, or 0.</summary>
    public int FirstOf(int field) => (uint)field < (uint)_firstOfField.Length ? _firstOfField[field] : 0;

    public ref FieldEntry Entry(int value) => ref _values[value];

    public FieldValue Value(int value, ReadOnlySpan<byte> json)
    {
        ref FieldEntry entry = ref _values[value];
        return new FieldValue(ref entry, (entry.IsBuffered ? _buffer : json).Slice(entry.Start, entry.Length));
    }

    /// <summary>
    /// Lets no further value count for the fields that were found behind a value: where a dotted name may give a field once more, the
    /// first counts. Goes on to the newest value.
    /// </summary>
    public void CloseFound(ref int since)
    {
        while (since < ValueCount)
        {
            int field = _values[++since].Field;
            if (_closed.Add(field))
            {
                _closedInTurn.Push(field);
            }
        }
    }

    /// <summary>How many fields are closed.</summary>
    public int ClosedCount => _closedInTurn.Count;

    /// <summary>Opens the fields again that were closed last.</summary>
    /// <param name="closedCount">How many shall stay closed.</param>
    public void Reopen(int closedCount)
    {
        while (_closedInTurn.Count > closedCount)
        {
            _closed.Remove(_closedInTurn.Pop());
        }
    }

    /// <summary>A new element of an array.</summary>
    /// <param name="parent">The element around the array.</param>
    /// <param name="array">The name under which the array stands.</param>
    /// <returns>The element's number.</returns>
    public int AddElement(int parent, FieldNode array)
    {
        if (ElementCount == _elements.Length)
        {
            Array.Resize(ref _elements, ElementCount * 2);
        }

        _elements[ElementCount] = new ElementEntry(parent, array);
        return ElementCount++;
    }

    /// <summary>Records a scalar whose text, if it has one, lies in the event's JSON.</summary>
    public void Add(int field, int element, ValueKind kind, int start = 0, int length = 0)
    {
        if (IsClosed(field))
        {
            return;
        }

        ref FieldEntry entry = ref Append(field, element, kind);
        entry.Start = start;
        entry.Length = length;
    }

    /// <summary>Records a number that a double holds exactly.</summary>
    public void AddNumber(int field, int element, double number)
    {
        if (IsClosed(field))
        {
            return;
        }

        ref FieldEntry entry = ref Append(field, element, ValueKind.Number);
        entry.IsParsed = true;
        entry.Number = number;
    }

    /// <summary>Records a scalar whose text was written to the room that <see cref="Reserve"/> gave.</summary>
    public void AddBuffered(int field, int element, ValueKind kind, int length)
    {
        if (IsClosed(field))
        {
            return;
        }

        ref FieldEntry entry = ref Append(field, element, kind);
        entry.IsBuffered = true;
        entry.Start = _buffered;
        entry.Length = length;
        _buffered += length;
    }

    /// <summary>Records a string.</summary>
    public void AddString(int field, int element, ReadOnlySpan<char> text)
    {
        Span<byte> room = Reserve(text.Length * 3);
        if (Ascii.FromUtf16(text, room, out int length) != OperationStatus.Done)
        {
            // Half a surrogate pair becomes U+FFFD, as where JSON is written; an Encoding would allocate for it.
            Utf8.FromUtf16(text, room, out _, out length);
        }

        AddBuffered(field, element, ValueKind.String, length);
    }

    /// <summary>Free room at the buffer's end. It is kept only by recording a value in it.</summary>
    public Span<byte> Reserve(int length)
    {
        if (_buffer.Length - _buffered < length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, checked(_buffered + length)));
        }

        return _buffer.AsSpan(_buffered);
    }

    /// <summary>Keeps a text in the buffer and returns its place, for values that lie in it.</summary>
    public int KeepText(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Reserve(text.Length));
        int start = _buffered;
        _buffered += text.Length;
        return start;
    }

    /// <summary>Says of the values recorded last that their texts lie not in the event's JSON, but in a text that is kept.</summary>
    /// <param name="firstValues">How many values were there before those.</param>
    /// <param name="start">The place of the kept text.</param>
    public void MoveTexts(int firstValues, int start)
    {
        foreach (ref FieldEntry entry in _values.AsSpan(firstValues + 1, ValueCount - firstValues))
        {
            entry.Start += entry.IsBuffered ? 0 : start;
            entry.IsBuffered = true;
        }
    }

    private bool IsClosed(int field) => _closedInTurn.Count != 0 && _closed.Contains(field);

    private ref FieldEntry Append(int field, int element, ValueKind kind)
    {
        if (++ValueCount == _values.Length)
        {
            Array.Resize(ref _values, ValueCount * 2);
        }

        ref FieldEntry entry = ref _values[ValueCount];
        ref int first = ref _firstOfField[field];
        entry = new FieldEntry { Kind = kind, Field = field, Element = element, Next = first };
        first = ValueCount;
        return ref entry;
    }
}
