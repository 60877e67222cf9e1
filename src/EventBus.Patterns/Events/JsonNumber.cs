using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;

namespace EventBus.Patterns.Events;

/// <summary>Numbers in their JSON spelling: as doubles, and as exact decimals where a double is too coarse.</summary>
internal static class JsonNumber
{
    /// <summary>The room that <see cref="WriteKey"/> takes.</summary>
    public const int KeyLength = 64;

    /// <summary>Any decimal of so many digits comes back unchanged from a double.</summary>
    private const int SureDigits = 15;

    // A quotient or product of two integers that doubles hold exactly is rounded once, so it is the nearest double
    // (Clinger 1990, "How to read floating point numbers accurately").
    private static readonly double[] PowersOfTen =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

    /// <summary>The nearest double to a number by JSON's grammar, or an infinity; and whether the text has so many digits that the double may differ from it.</summary>
    public static double Parse(ReadOnlySpan<byte> text, out bool hasManyDigits)
    {
        int i = text[0] == '-' ? 1 : 0;
        long digits = 0;
        int scale = 0;
        int start = i;
        int point = -1;
        for (; i < text.Length; i++)
        {
            int digit = text[i] - '0';
            if ((uint)digit <= 9)
            {
                digits = unchecked((digits * 10) + digit);
            }
            else if (digit == '.' - '0')
            {
                point = i;
            }
            else
            {
                break;
            }
        }

        int count = i - start - (point < 0 ? 0 : 1);
        if (i == text.Length && count <= SureDigits)
        {
            scale = point < 0 ? 0 : text.Length - point - 1;
            hasManyDigits = false;
            double value = digits / PowersOfTen[scale];
            return text[0] == '-' ? -value : value;
        }

        return ParseRare(text, count, out hasManyDigits);
    }

    private static double ParseRare(ReadOnlySpan<byte> text, int count, out bool hasManyDigits)
    {
        if (!Utf8Parser.TryParse(text, out double value, out int consumed) || consumed != text.Length)
        {
            value = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        }

        // Below the normal range a double holds fewer digits, and above the range none.
        double size = Math.Abs(value);
        hasManyDigits = count > SureDigits || (size < 2.2250738585072014e-308 && !IsZero(text)) || double.IsInfinity(size);
        return value;
    }

    private static bool IsZero(ReadOnlySpan<byte> text)
    {
        foreach (byte character in text)
        {
            if (character is >= (byte)'1' and <= (byte)'9')
            {
                return false;
            }

            if (character is (byte)'e' or (byte)'E')
            {
                break;
            }
        }

        return true;
    }

    /// <summary>Whether two spellings name the same decimal: 300, 300.0 and 3e2 do.</summary>
    public static bool AreEqual(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.SequenceEqual(right))
        {
            return true;
        }

        Digits a = new(left);
        Digits b = new(right);
        if (a.IsZero || b.IsZero)
        {
            return a.IsZero && b.IsZero;
        }

        if (a.IsNegative != b.IsNegative || a.Magnitude != b.Magnitude)
        {
            return false;
        }

        while (true)
        {
            int x = a.Next();
            int y = b.Next();
            if (x != y)
            {
                return false;
            }

            if (x < 0)
            {
                return true;
            }
        }
    }

    /// <summary>Writes bytes that all spellings of a decimal share, and other decimals of few digits do not.</summary>
    /// <param name="text">A number by JSON's grammar.</param>
    /// <param name="key">At least <see cref="KeyLength"/> bytes; digits that find no room are left out.</param>
    /// <returns>How many bytes were written.</returns>
    public static int WriteKey(ReadOnlySpan<byte> text, Span<byte> key)
    {
        Digits digits = new(text);
        key[0] = digits.IsNegative ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt64LittleEndian(key[1..], digits.Magnitude);
        int length = 1 + sizeof(long);
        for (int digit = digits.Next(); digit >= 0 && length < KeyLength; digit = digits.Next())
        {
            key[length++] = (byte)digit;
        }

        return length;
    }

    /// <summary>Whether the shortest decimal that names the nearest double is the number itself.</summary>
    public static bool IsHeldExactly(ReadOnlySpan<byte> text)
    {
        double value = Parse(text, out bool hasManyDigits);
        if (!hasManyDigits)
        {
            return true;
        }

        Span<byte> shortest = stackalloc byte[32];
        return double.IsFinite(value)
            && value.TryFormat(shortest, out int written, "R", CultureInfo.InvariantCulture)
            && AreEqual(text, shortest[..written]);
    }

    /// <summary>A number's significant digits one after another, leading and trailing zeros left out.</summary>
    private ref struct Digits
    {
        private readonly ReadOnlySpan<byte> _mantissa;
        private int _next;
        private readonly int _end;

        public Digits(ReadOnlySpan<byte> text)
        {
            IsNegative = text[0] == '-';
            ReadOnlySpan<byte> unsigned = IsNegative ? text[1..] : text;
            int exponentAt = unsigned.IndexOfAny((byte)'e', (byte)'E');
            _mantissa = exponentAt < 0 ? unsigned : unsigned[..exponentAt];
            long exponent = exponentAt < 0 ? 0 : Exponent(unsigned[(exponentAt + 1)..]);
            _next = _mantissa.IndexOfAnyInRange((byte)'1', (byte)'9');
            _end = _mantissa.LastIndexOfAnyInRange((byte)'1', (byte)'9') + 1;
            IsZero = _next < 0;
            int point = _mantissa.IndexOf((byte)'.');
            int integers = point < 0 ? _mantissa.Length : point;
            Magnitude = exponent + (_next < integers ? integers - _next : integers - _next + 1);
        }

        public bool IsNegative { get; }

        public bool IsZero { get; }

        /// <summary>The power of ten just above the first significant digit.</summary>
        public long Magnitude { get; }

        public int Next()
        {
            if (_next < _end && _mantissa[_next] == '.')
            {
                _next++;
            }

            return _next < _end ? _mantissa[_next++] - '0' : -1;
        }

        private static long Exponent(ReadOnlySpan<byte> text)
        {
            // More digits than a long holds make a number beyond every other: its sign is all that counts.
            bool isNegative = text[0] == '-';
            ReadOnlySpan<byte> digits = text[0] is (byte)'-' or (byte)'+' ? text[1..] : text;
            long value = 0;
            foreach (byte digit in digits)
            {
                value = Math.Min((value * 10) + (digit - '0'), long.MaxValue / 100);
            }

            return isNegative ? -value : value;
        }
    }
}
