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

    private const string BetweenMembers = "between the members of an object stands a ',' and behind the last a '}'";

    private readonly ReadOnlySpan<byte> _json;
    private readonly EventReading _reading;
    private readonly int _fieldCount;
    private int _at;
    private int _arrayDepth;

    private JsonEventReader(ReadOnlySpan<byte> json, EventReading reading, int fieldCount)
    {
        _json = json;
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
        if (reader.Next() != '{')
        {
            throw reader.Fault("an event is a JSON object and begins with '{'");
        }

        reader._at++;
        reader.ReadObject(root, 0);
        reader.SkipWhiteSpace();
        if (reader._at < json.Length)
        {
            throw reader.Fault("nothing but white space may follow the event's closing '}'");
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
        byte first = reader.Next();
        if (node.Parent is null && first != '{')
        {
            throw reader.Fault("an event is a JSON object and begins with '{'");
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
            SkipContainer();
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
        if (Next() == '}')
        {
            _at++;
            return false;
        }

        while (true)
        {
            FieldNode? child = ReadName(node, out bool isDotted);
            if (child is null || (!isDotted && child.Index >= childCount))
            {
                SkipValue();
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
                    SkipValue();
                }
                else if (ReadValue(child, element) && --missing == 0 && !hasDotted)
                {
                    SkipRest();
                    return true;
                }
            }

            byte after = Next();
            _at++;
            if (after == '}')
            {
                _reading.Reopen(closedBefore);
                return false;
            }

            if (after != ',')
            {
                _at--;
                throw Fault(BetweenMembers);
            }
        }
    }

    /// <summary>Reads a member's name and its colon. Stands before the name.</summary>
    /// <returns>The node that the name leads to, or null where no rule asks for it.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private FieldNode? ReadName(FieldNode node, out bool isDotted)
    {
        if (Next() != '"')
        {
            throw Fault("a member of an object begins with its name in quotation marks");
        }

        int start = _at + 1;
        int end = JsonScan.StringEnd(_json, start, out bool isPlain);
        if (end < 0)
        {
            throw Fault("a name is not closed, or holds a control character");
        }

        _at = end + 1;
        if (Next() != ':')
        {
            throw Fault("behind a member's name stands a ':'");
        }

        _at++;
        ReadOnlySpan<byte> name = _json[start..end];
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
        switch (Next())
        {
            case (byte)'{':
                _at++;
                return ReadObject(node, element) && node.Field == FieldNode.None;
            case (byte)'[':
                return ReadArray(node, element);
            default:
                int field = node.Field;
                if ((uint)field >= (uint)_fieldCount)
                {
                    SkipValue();
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
            throw Fault($"arrays stand more than {DeepestArray} deep in one another");
        }

        _at++;
        bool isComplete = false;
        if (Next() == ']')
        {
            _at++;
            _arrayDepth--;
            return false;
        }

        while (true)
        {
            switch (Next())
            {
                case (byte)'{':
                    _at++;
                    isComplete |= ReadObject(node, _reading.AddElement(element, node)) && node.Field == FieldNode.None;
                    break;
                case (byte)'[':
                    isComplete |= ReadArray(node, _reading.AddElement(element, node));
                    break;
                default:
                    isComplete |= ReadValue(node, element);
                    break;
            }

            byte after = Next();
            _at++;
            if (after == ']')
            {
                _arrayDepth--;
                return isComplete;
            }

            if (after != ',')
            {
                _at--;
                throw Fault("between the elements of an array stands a ',' and behind the last a ']'");
            }
        }
    }

    private void ReadScalar(int field, int element)
    {
        switch (_json[_at])
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
                int start = _at;
                SkipNumber();
                _reading.Add(field, element, ValueKind.Number, start, _at - start);
                break;
        }
    }

    private void ReadString(int field, int element)
    {
        int start = _at + 1;
        int end = JsonScan.StringEnd(_json, start, out bool isPlain);
        if (end < 0)
        {
            throw Fault("a string is not closed, or holds a control character");
        }

        if (isPlain)
        {
            _reading.Add(field, element, ValueKind.String, start, end - start);
        }
        else
        {
            ReadOddString(field, element, start, end);
        }

        _at = end + 1;
    }

    private void ReadOddString(int field, int element, int start, int end)
    {
        ReadOnlySpan<byte> text = _json[start..end];
        if (text.Contains((byte)'\\'))
        {
            if (!TryUnescape(start, end, out int length))
            {
                throw Fault("a string holds an escape that is none, or what is no Unicode text");
            }

            _reading.AddBuffered(field, element, ValueKind.String, length);
        }
        else if (Utf8.IsValid(text))
        {
            _reading.Add(field, element, ValueKind.String, start, end - start);
        }
        else
        {
            throw Fault("a string holds bytes that are not UTF-8");
        }
    }

    /// <summary>Writes a string's text without its escapes to the room at the end of the reading's buffer.</summary>
    private readonly bool TryUnescape(int start, int end, out int length)
    {
        length = 0;
        try
        {
            Utf8JsonReader reader = new(_json[(start - 1)..(end + 1)]);
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
        if (!_json[_at..].StartsWith(literal))
        {
            throw Fault("a value is a string, a number, an object, an array, true, false or null");
        }

        _at += literal.Length;
        _reading.Add(field, element, kind);
    }

    private void SkipNumber()
    {
        int at = _at;
        if (At(at) == '-')
        {
            at++;
        }

        int integer = at;
        at = SkipDigits(at);
        if (at == integer || (at - integer > 1 && _json[integer] == '0'))
        {
            throw Fault("a value is a string, a number, an object, an array, true, false or null");
        }

        if (At(at) == '.')
        {
            int fraction = at + 1;
            at = SkipDigits(fraction);
            if (at == fraction)
            {
                throw Fault("behind a number's point stands a digit");
            }
        }

        if ((At(at) | 0x20) == 'e')
        {
            int exponent = at + (At(at + 1) is (byte)'+' or (byte)'-' ? 2 : 1);
            at = SkipDigits(exponent);
            if (at == exponent)
            {
                throw Fault("behind a number's 'e' stands a digit");
            }
        }

        _at = at;
    }

    private readonly int SkipDigits(int at)
    {
        ReadOnlySpan<byte> json = _json;
        while ((uint)at < (uint)json.Length && (uint)(json[at] - '0') <= 9)
        {
            at++;
        }

        return at;
    }

    /// <summary>Passes over a value that no rule asks for. Stands before it.</summary>
    private void SkipValue()
    {
        switch (Next())
        {
            case (byte)'"':
                int end = JsonScan.StringEnd(_json, _at + 1, out _);
                if (end < 0)
                {
                    throw Fault("a string is not closed, or holds a control character");
                }

                _at = end + 1;
                break;
            case (byte)'{' or (byte)'[':
                _at++;
                SkipContainer();
                break;
            default:
                int start = _at;
                while (At(_at) is not ((byte)',' or (byte)'}' or (byte)']' or <= (byte)' '))
                {
                    _at++;
                }

                if (_at == start)
                {
                    throw Fault("a value is missing");
                }

                break;
        }
    }

    /// <summary>Passes over what is left of an object. Stands behind a member.</summary>
    private void SkipRest()
    {
        if (Next() is not ((byte)',' or (byte)'}'))
        {
            throw Fault(BetweenMembers);
        }

        SkipContainer();
    }

    private void SkipContainer()
    {
        int end = JsonScan.ContainerEnd(_json, _at);
        if (end < 0)
        {
            _at = _json.Length;
            throw Fault("it is cut short: an object, an array or a string is not closed");
        }

        _at = end;
    }

    /// <summary>The byte of the next token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte Next()
    {
        byte next = At(_at);
        if (next > ' ')
        {
            return next;
        }

        SkipWhiteSpace();
        if (_at >= _json.Length)
        {
            throw Fault("it is cut short");
        }

        return _json[_at];
    }

    private void SkipWhiteSpace()
    {
        while (At(_at) is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
        {
            _at++;
        }
    }

    /// <summary>The byte at a place, 0 behind the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly byte At(int at) => (uint)at < (uint)_json.Length ? _json[at] : (byte)0;

    private readonly JsonException Fault(string rule) =>
        new($"The event is no valid JSON at byte {_at}: {rule}.", path: null, lineNumber: null, bytePositionInLine: _at);
}
