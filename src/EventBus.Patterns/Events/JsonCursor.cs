using System.Runtime.CompilerServices;
using System.Text.Json;

namespace EventBus.Patterns.Events;

/// <summary>A place in an event's JSON, and the ways past what stands there.</summary>
internal ref struct JsonCursor(ReadOnlySpan<byte> json)
{
    /// <summary>The rule for what follows a member.</summary>
    public const string BetweenMembers = "between the members of an object stands a ',' and behind the last a '}'";

    public readonly ReadOnlySpan<byte> Json = json;

    /// <summary>The place: an index into <see cref="Json"/>.</summary>
    public int At;

    /// <summary>Passes over a number, which must be one by JSON's grammar.</summary>
    public void SkipNumber()
    {
        int at = At;
        if (ByteAt(at) == '-')
        {
            at++;
        }

        int integer = at;
        at = SkipDigits(at);
        if (at == integer || (at - integer > 1 && Json[integer] == '0'))
        {
            throw Fault("a value is a string, a number, an object, an array, true, false or null");
        }

        if (ByteAt(at) == '.')
        {
            int fraction = at + 1;
            at = SkipDigits(fraction);
            if (at == fraction)
            {
                throw Fault("behind a number's point stands a digit");
            }
        }

        if ((ByteAt(at) | 0x20) == 'e')
        {
            int exponent = at + (ByteAt(at + 1) is (byte)'+' or (byte)'-' ? 2 : 1);
            at = SkipDigits(exponent);
            if (at == exponent)
            {
                throw Fault("behind a number's 'e' stands a digit");
            }
        }

        At = at;
    }

    private readonly int SkipDigits(int at)
    {
        ReadOnlySpan<byte> json = Json;
        while ((uint)at < (uint)json.Length && (uint)(json[at] - '0') <= 9)
        {
            at++;
        }

        return at;
    }

    /// <summary>Passes over a value that no rule asks for. Stands before it.</summary>
    public void SkipValue()
    {
        switch (Next())
        {
            case (byte)'"':
                int end = JsonScan.StringEnd(Json, At + 1, out _);
                if (end < 0)
                {
                    throw Fault("a string is not closed, or holds a control character");
                }

                At = end + 1;
                break;
            case (byte)'{' or (byte)'[':
                At++;
                SkipContainer();
                break;
            default:
                int start = At;
                while (ByteAt(At) is not ((byte)',' or (byte)'}' or (byte)']' or <= (byte)' '))
                {
                    At++;
                }

                if (At == start)
                {
                    throw Fault("a value is missing");
                }

                break;
        }
    }

    /// <summary>Passes over what is left of an object. Stands behind a member.</summary>
    public void SkipRest()
    {
        if (Next() is not ((byte)',' or (byte)'}'))
        {
            throw Fault(BetweenMembers);
        }

        SkipContainer();
    }

    /// <summary>Passes over an object or array. Stands behind its opening bracket.</summary>
    public void SkipContainer()
    {
        int end = JsonScan.ContainerEnd(Json, At);
        if (end < 0)
        {
            At = Json.Length;
            throw Fault("it is cut short: an object, an array or a string is not closed");
        }

        At = end;
    }

    /// <summary>The byte of the next token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte Next()
    {
        byte next = ByteAt(At);
        if (next > ' ')
        {
            return next;
        }

        SkipWhiteSpace();
        if (At >= Json.Length)
        {
            throw Fault("it is cut short");
        }

        return Json[At];
    }

    public void SkipWhiteSpace()
    {
        while (ByteAt(At) is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
        {
            At++;
        }
    }

    /// <summary>The byte at a place, 0 behind the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly byte ByteAt(int at) => (uint)at < (uint)Json.Length ? Json[at] : (byte)0;

    /// <summary>What to throw where a rule of JSON is broken at the place.</summary>
    public readonly JsonException Fault(string rule) =>
        new($"The event is no valid JSON at byte {At}: {rule}.", path: null, lineNumber: null, bytePositionInLine: At);
}
