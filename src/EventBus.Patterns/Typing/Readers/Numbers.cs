using System.Buffers.Text;
using System.Globalization;
using EventBus.Patterns.Events;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>Numbers: by value where a double holds the decimal that would be written, by their text elsewhere.</summary>
internal readonly struct Numbers :
    IScalar<byte>, IScalar<sbyte>, IScalar<short>, IScalar<ushort>, IScalar<int>, IScalar<uint>, IScalar<long>, IScalar<ulong>,
    IScalar<float>, IScalar<double>, IScalar<decimal>
{
    /// <summary>Room for any of the types; a decimal needs 31.</summary>
    private const int LongestText = 64;

    /// <summary>Whole numbers up to here have a double each.</summary>
    private const long LastWhole = 1L << 53;

    /// <summary>Any decimal of 15 digits comes back unchanged from a double.</summary>
    private const ulong LargestSure = 999_999_999_999_999;

    // An integer and a power of ten that doubles hold exactly have the nearest double for their quotient.
    private static readonly double[] PowersOfTen =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

    public static void Record(byte value, int field, int element, EventReading reading) => reading.AddNumber(field, element, value);

    public static void Record(sbyte value, int field, int element, EventReading reading) => reading.AddNumber(field, element, value);

    public static void Record(short value, int field, int element, EventReading reading) => reading.AddNumber(field, element, value);

    public static void Record(ushort value, int field, int element, EventReading reading) => reading.AddNumber(field, element, value);

    public static void Record(int value, int field, int element, EventReading reading) => reading.AddNumber(field, element, value);

    public static void Record(uint value, int field, int element, EventReading reading) => reading.AddNumber(field, element, value);

    public static void Record(long value, int field, int element, EventReading reading)
    {
        if (value is >= -LastWhole and <= LastWhole)
        {
            reading.AddNumber(field, element, value);
            return;
        }

        Utf8Formatter.TryFormat(value, reading.Reserve(LongestText), out int length);
        reading.AddBuffered(field, element, ValueKind.Number, length);
    }

    public static void Record(ulong value, int field, int element, EventReading reading)
    {
        if (value <= LastWhole)
        {
            reading.AddNumber(field, element, value);
            return;
        }

        Utf8Formatter.TryFormat(value, reading.Reserve(LongestText), out int length);
        reading.AddBuffered(field, element, ValueKind.Number, length);
    }

    // The shortest text that names a float is another number than the float: 0.1f is written 0.1.
    public static void Record(float value, int field, int element, EventReading reading)
    {
        if (!float.IsFinite(value))
        {
            reading.AddNumber(field, element, double.NaN);
        }
        else if (value == (int)value && Math.Abs(value) < 1 << 24)
        {
            reading.AddNumber(field, element, value);
        }
        else
        {
            value.TryFormat(reading.Reserve(LongestText), out int length, format: default, CultureInfo.InvariantCulture);
            reading.AddBuffered(field, element, ValueKind.Number, length);
        }
    }

    // The shortest text that names a double is the number as far as the conditions can tell. No JSON can be written of
    // what is not finite: it equals nothing and lies in no range.
    public static void Record(double value, int field, int element, EventReading reading) =>
        reading.AddNumber(field, element, double.IsFinite(value) ? value : double.NaN);

    public static void Record(decimal value, int field, int element, EventReading reading)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        ulong digits = (uint)bits[0] | ((ulong)(uint)bits[1] << 32);
        if (bits[2] == 0 && digits <= LargestSure && value.Scale < PowersOfTen.Length)
        {
            double size = digits / PowersOfTen[value.Scale];
            reading.AddNumber(field, element, bits[3] < 0 ? -size : size);
            return;
        }

        Utf8Formatter.TryFormat(value, reading.Reserve(LongestText), out int length);
        reading.AddBuffered(field, element, ValueKind.Number, length);
    }
}
