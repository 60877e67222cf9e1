using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EventBus.Patterns.Events;

/// <summary>Finds the ends of JSON's strings and containers many bytes at a time.</summary>
/// <remarks>
/// Quotation marks and brackets are found as bit masks of 64 bytes, after Langdale and Lemire 2019, "Parsing gigabytes of
/// JSON per second".
/// </remarks>
internal static class JsonScan
{
    private const int BlockSize = 64;

    /// <summary>The place of a string's closing quotation mark, or -1 where there is none or a control character stands before it.</summary>
    /// <param name="json">The JSON.</param>
    /// <param name="start">The first byte of the string's text.</param>
    /// <param name="isPlain">False when the text has an escape or a byte beyond ASCII.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int StringEnd(ReadOnlySpan<byte> json, int start, out bool isPlain)
    {
        if (Vector256.IsHardwareAccelerated && json.Length - start >= Vector256<byte>.Count)
        {
            var text = Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(json), (nuint)start);
            uint quotes = Vector256.Equals(text, Vector256.Create((byte)'"')).ExtractMostSignificantBits();
            if (quotes != 0)
            {
                // What lies before the first quotation mark must be neither an escape, nor below the blank, nor beyond ASCII.
                uint odd = (Vector256.Equals(text, Vector256.Create((byte)'\\')) | Vector256.LessThan(text.AsSByte(), Vector256.Create((sbyte)' ')).AsByte())
                    .ExtractMostSignificantBits();
                if ((odd & (quotes - 1) & ~quotes) == 0)
                {
                    isPlain = true;
                    return start + BitOperations.TrailingZeroCount(quotes);
                }
            }
        }

        return OddStringEnd(json, start, out isPlain);
    }

    private static int OddStringEnd(ReadOnlySpan<byte> json, int start, out bool isPlain)
    {
        isPlain = true;
        int at = start;
        while (true)
        {
            int found = json[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (found < 0)
            {
                return -1;
            }

            ReadOnlySpan<byte> passed = json.Slice(at, found);
            isPlain &= System.Text.Ascii.IsValid(passed);
            if (passed.ContainsAnyInRange((byte)0, (byte)(' ' - 1)))
            {
                return -1;
            }

            at += found;
            if (json[at] == '"')
            {
                return at;
            }

            isPlain = false;
            at += 2;
            if (at > json.Length)
            {
                return -1;
            }
        }
    }

    /// <summary>The place behind the bracket that closes a container, or -1 where it is never closed.</summary>
    /// <remarks>Only strings and brackets are looked at; which bracket closes which is not.</remarks>
    /// <param name="json">The JSON.</param>
    /// <param name="start">A place directly in the container, outside of any string.</param>
    public static int ContainerEnd(ReadOnlySpan<byte> json, int start)
    {
        int depth = 1;
        ulong inString = 0;
        ulong isEscaped = 0;
        ref byte first = ref MemoryMarshal.GetReference(json);
        int at = start;
        for (; at <= json.Length - BlockSize; at += BlockSize)
        {
            int end = Block(ref Unsafe.Add(ref first, at), ref depth, ref inString, ref isEscaped);
            if (end >= 0)
            {
                return at + end;
            }
        }

        Span<byte> last = stackalloc byte[BlockSize];
        last.Fill((byte)' ');
        json[at..].CopyTo(last);
        int lastEnd = Block(ref MemoryMarshal.GetReference(last), ref depth, ref inString, ref isEscaped);
        return lastEnd < 0 ? -1 : at + lastEnd;
    }

    /// <summary>The place in the block behind the bracket that brings the depth to zero, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Block(ref byte block, ref int depth, ref ulong inString, ref ulong isEscaped)
    {
        var low = Vector256.LoadUnsafe(ref block);
        var high = Vector256.LoadUnsafe(ref block, (nuint)Vector256<byte>.Count);
        ulong quotes = Mask(low, high, (byte)'"');
        ulong escapes = Mask(low, high, (byte)'\\');
        if ((escapes | isEscaped) != 0)
        {
            quotes &= ~Escaped(escapes, ref isEscaped);
        }

        ulong strings = WithinPairs(quotes) ^ inString;
        inString = (ulong)((long)strings >> 63);

        // '[' and '{', and ']' and '}', differ in the bit of case alone.
        var caseBit = Vector256.Create((byte)0x20);
        ulong opening = Mask(low | caseBit, high | caseBit, (byte)'{') & ~strings;
        ulong closing = Mask(low | caseBit, high | caseBit, (byte)'}') & ~strings;
        int closed = BitOperations.PopCount(closing);
        if (closed >= depth)
        {
            int end = End(opening, closing, depth);
            if (end >= 0)
            {
                return end;
            }
        }

        depth += BitOperations.PopCount(opening) - closed;
        return -1;
    }

    private static int End(ulong opening, ulong closing, int depth)
    {
        while (closing != 0)
        {
            int at = BitOperations.TrailingZeroCount(closing);
            ulong before = (1UL << at) - 1;
            depth += BitOperations.PopCount(opening & before) - 1;
            if (depth == 0)
            {
                return at + 1;
            }

            opening &= ~before;
            closing &= closing - 1;
        }

        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mask(Vector256<byte> low, Vector256<byte> high, byte sought)
    {
        var value = Vector256.Create(sought);
        return Vector256.Equals(low, value).ExtractMostSignificantBits()
            | ((ulong)Vector256.Equals(high, value).ExtractMostSignificantBits() << 32);
    }

    /// <summary>The characters that an escape precedes. An escape that is itself escaped precedes nothing.</summary>
    private static ulong Escaped(ulong escapes, ref ulong isFirstEscaped)
    {
        ulong escaped = isFirstEscaped;
        escapes &= ~isFirstEscaped;
        isFirstEscaped = 0;
        while (escapes != 0)
        {
            int at = BitOperations.TrailingZeroCount(escapes);
            if (at == 63)
            {
                isFirstEscaped = 1;
                break;
            }

            ulong next = 2UL << at;
            escaped |= next;
            escapes &= ~((1UL << at) | next);
        }

        return escaped;
    }

    /// <summary>The bits from each odd-numbered quotation mark up to the next even-numbered one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong WithinPairs(ulong quotes)
    {
        if (Pclmulqdq.IsSupported)
        {
            return Pclmulqdq.CarrylessMultiply(Vector128.CreateScalar(quotes), Vector128<ulong>.AllBitsSet, 0).ToScalar();
        }

        quotes ^= quotes << 1;
        quotes ^= quotes << 2;
        quotes ^= quotes << 4;
        quotes ^= quotes << 8;
        quotes ^= quotes << 16;
        return quotes ^ (quotes << 32);
    }
}
