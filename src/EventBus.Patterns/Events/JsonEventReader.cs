using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Unicode;
using EventBus.Patterns.Fields;

namespace EventBus.Patterns.Events;

/// <summary>Reads from an event's JSON the fields that rules ask for, and passes over the rest.</summary>
/// <remarks>
/// Where all fields below an object are found, the rest of it is passed over. What is passed over is checked for its
/// strings and brackets alone, so that an event cut short is always found out.
/// </remarks>
internal ref struct JsonEventReader
{
    /// <summary>How deep arrays may stand in arrays. Objects go no deeper than the rules ask.</summary>
    private const int DeepestArray = 256;

    private readonly EventReading _reading;
    private readonly int _fieldCount;
    private JsonCursor _cursor;
    private int _arrayDepth;

    private JsonEventReader(ReadOnlySpan<byte> json, EventReading reading, int fieldCount)
    {
        _cursor = new JsonCursor(json);
        _reading = reading;
        _fieldCount = fieldCount;
    }

    /// <summary>Records an event's fields.</summary>
    /// <param name="json">The event.</param>
    /// <param name="root">The tree of the fields asked for.</param>
    /// <param name="fieldCount">How many fields the tree had when the reading began; later ones are left alone.</param>
    /// <param name="reading">What is found goes here.</param>
    /// <exception cref="JsonException">The event is no JSON object.</exception>
    public static void Read(ReadOnlySpan<byte> json, FieldNode root, int fieldCount, EventReading reading)
    {
        JsonEventReader reader = new(json, reading, fieldCount);
        if (reader._cursor.Next() != '{')
        {
            throw reader._cursor.Fault("an event is a JSON object and begins with '{'");
        }

        reader._cursor.At++;
        reader.ReadObject(root, 0);
        reader._cursor.SkipWhiteSpace();
        if (reader._cursor.At < json.Length)
        {
            throw reader._cursor.Fault("nothing but white space may follow the event's closing '}'");
        }
    }

    /// <summary>Records a part of an event that was written to JSON of its own.</summary>
    /// <param name="json">The part. The reading keeps a copy.</param>
    /// <param name="node">The place of the part in the tree of fields; the root for a whole event.</param>
    /// <param name="fieldCount">How many fields the tree had when the reading began; later ones are left alone.</param>
    /// <param name="element">The array element around the part.</param>
    /// <param name="isElement">Whether the part stands in an array: an object or array then becomes an element of its own.</param>
    /// <param name="reading">What is found goes here.</param>
    /// <returns>Whether every field at the node and below was found.</returns>
    /// <exception cref="JsonException">The part is no valid JSON, or a whole event that is no object.</exception>
    public static bool ReadPart(
        ReadOnlySpan<byte> json, FieldNode node, int fieldCount, int element, bool isElement, EventReading reading)
    {
        JsonEventReader reader = new(json, reading, fieldCount);
        byte first = reader._cursor.Next();
        if (node.Parent is null && first != '{')
        {
            throw reader._cursor.Fault("an event is a JSON object and begins with '{'");
        }

        int valuesBefore = reading.ValueCount;
        int textsStart = reading.KeepText(json);
        bool isOwnElement = isElement && (first is (byte)'{' or (byte)'[');
        bool isComplete = reader.ReadValue(node, isOwnElement ? reading.AddElement(element, node) : element);
        reading.MoveTexts(valuesBefore, textsStart);
        return isComplete;
    }

    /// <summary>Records an object's fields. Stands behind its opening bracket, and afterwards behind the closing one.</summary>
    /// <returns>Whether every field below was found, so that no more of them can come.</returns>
    private bool ReadObject(FieldNode node, int element)
    {
        int childCount = node.ChildCount;
        if (childCount == 0)
        {
            _cursor.SkipContainer();
            return false;
        }

        // A name that comes twice counts the first time, whatever the rules ask. What came with a dotted name does not count as
        // found: then nothing is passed over early.
        ulong few = 0;
        Span<ulong> seen = childCount <= 64 ? new Span<ulong>(ref few) : new ulong[(childCount + 63) / 64];
        int missing = childCount;
        bool hasDotted = false;
        int closedBefore = _reading.ClosedCount;
        int valuesBefore = _reading.ValueCount;
        if (_cursor.Next() == '}')
        {
            _cursor.At++;
            return false;
        }

        while (true)
        {
            FieldNode? child = ReadName(node, out bool isDotted);
            if (child is null || (!isDotted && child.Index >= childCount))
            {
                _cursor.SkipValue();
            }
            else if (isDotted)
            {
                hasDotted = true;
                _reading.CloseFound(ref valuesBefore);
                ReadValue(child, element);
            }
            else
            {
                ref ulong bits = ref seen[child.Index >> 6];
                ulong bit = 1UL << child.Index;
                bool isFirst = (bits & bit) == 0;
                bits |= bit;
                if (hasDotted)
                {
                    _reading.CloseFound(ref valuesBefore);
                }

                if (!isFirst)
                {
                    _cursor.SkipValue();
                }
                else if (ReadValue(child, element) && --missing == 0 && !hasDotted)
                {
                    _cursor.SkipRest();
                    return true;
                }
            }

            byte after = _cursor.Next();
            _cursor.At++;
            if (after == '}')
            {
                _reading.Reopen(closedBefore);
                return false;
            }

            if (after != ',')
            {
                _cursor.At--;
                throw _cursor.Fault(JsonCursor.BetweenMembers);
            }
        }
    }

    /// <summary>Reads a member's name and its colon. Stands before the name.</summary>
    /// <returns>The node that the name leads to, or null where no rule asks for it.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private FieldNode? ReadName(FieldNode node, out bool isDotted)
    {
        if (_cursor.Next() != '"')
        {
            throw _cursor.Fault("a member of an object begins with its name in quotation marks");
        }

        int start = _cursor.At + 1;
        int end = JsonScan.StringEnd(_cursor.Json, start, out bool isPlain);
        if (end < 0)
        {
            throw _cursor.Fault("a name is not closed, or holds a control character");
        }

        _cursor.At = end + 1;
        if (_cursor.Next() != ':')
        {
            throw _cursor.Fault("behind a member's name stands a ':'");
        }

        _cursor.At++;
        ReadOnlySpan<byte> name = _cursor.Json[start..end];
        isDotted = false;
        if (!isPlain && name.Contains((byte)'\\'))
        {
            if (!TryUnescape(start, end, out int length))
            {
                return null;
            }

            name = _reading.Reserve(0)[..length];
        }

        return node.Find(name) ?? (node.HasGrandchildren ? node.FindDotted(name, out isDotted) : null);
    }

    /// <summary>Records a value. Stands before it.</summary>
    /// <returns>Whether every field at the node and below was found.</returns>
    private bool ReadValue(FieldNode node, int element)
    {
        switch (_cursor.Next())
        {
            case (byte)'{':
                _cursor.At++;
                return ReadObject(node, element) && node.Field == FieldNode.None;
            case (byte)'[':
                return ReadArray(node, element);
            default:
                int field = node.Field;
                if ((uint)field >= (uint)_fieldCount)
                {
                    _cursor.SkipValue();
                    return false;
                }

                ReadScalar(field, element);
                return node.ChildCount == 0;
        }
    }

    private bool ReadArray(FieldNode node, int element)
    {
        if (++_arrayDepth > DeepestArray)
        {
            throw _cursor.Fault($"arrays stand more than {DeepestArray} deep in one another");
        }

        _cursor.At++;
        bool isComplete = false;
        if (_cursor.Next() == ']')
        {
            _cursor.At++;
            _arrayDepth--;
            return false;
        }

        while (true)
        {
            switch (_cursor.Next())
            {
                case (byte)'{':
                    _cursor.At++;
                    isComplete |= ReadObject(node, _reading.AddElement(element, node)) && node.Field == FieldNode.None;
                    break;
                case (byte)'[':
                    isComplete |= ReadArray(node, _reading.AddElement(element, node));
                    break;
                default:
                    isComplete |= ReadValue(node, element);
                    break;
            }

            byte after = _cursor.Next();
            _cursor.At++;
            if (after == ']')
            {
                _arrayDepth--;
                return isComplete;
            }

            if (after != ',')
            {
                _cursor.At--;
                throw _cursor.Fault("between the elements of an array stands a ',' and behind the last a ']'");
            }
        }
    }

    private void ReadScalar(int field, int element)
    {
        switch (_cursor.Json[_cursor.At])
        {
            case (byte)'"':
                ReadString(field, element);
                break;
            case (byte)'t':
                ReadLiteral("true"u8, ValueKind.True, field, element);
                break;
            case (byte)'f':
                ReadLiteral("false"u8, ValueKind.False, field, element);
                break;
            case (byte)'n':
                ReadLiteral("null"u8, ValueKind.Null, field, element);
                break;
            default:
                int start = _cursor.At;
                _cursor.SkipNumber();
                _reading.Add(field, element, ValueKind.Number, start, _cursor.At - start);
                break;
        }
    }

    private void ReadString(int field, int element)
    {
        int start = _cursor.At + 1;
        int end = JsonScan.StringEnd(_cursor.Json, start, out bool isPlain);
        if (end < 0)
        {
            throw _cursor.Fault("a string is not closed, or holds a control character");
        }

        if (isPlain)
        {
            _reading.Add(field, element, ValueKind.String, start, end - start);
        }
        else
        {
            ReadOddString(field, element, start, end);
        }

        _cursor.At = end + 1;
    }

    private void ReadOddString(int field, int element, int start, int end)
    {
        ReadOnlySpan<byte> text = _cursor.Json[start..end];
        if (text.Contains((byte)'\\'))
        {
            if (!TryUnescape(start, end, out int length))
            {
                throw _cursor.Fault("a string holds an escape that is none, or what is no Unicode text");
            }

            _reading.AddBuffered(field, element, ValueKind.String, length);
        }
        else if (Utf8.IsValid(text))
        {
            _reading.Add(field, element, ValueKind.String, start, end - start);
        }
        else
        {
            throw _cursor.Fault("a string holds bytes that are not UTF-8");
        }
    }

    /// <summary>Writes a string's text without its escapes to the room at the end of the reading's buffer.</summary>
    private readonly bool TryUnescape(int start, int end, out int length)
    {
        length = 0;
        try
        {
            Utf8JsonReader reader = new(_cursor.Json[(start - 1)..(end + 1)]);
            reader.Read();
            length = reader.CopyString(_reading.Reserve(end - start));
            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private void ReadLiteral(ReadOnlySpan<byte> literal, ValueKind kind, int field, int element)
    {
        if (!_cursor.Json[_cursor.At..].StartsWith(literal))
        {
            throw _cursor.Fault("a value is a string, a number, an object, an array, true, false or null");
        }

        _cursor.At += literal.Length;
        _reading.Add(field, element, kind);
    }
}
