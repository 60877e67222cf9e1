using System.Globalization;
using System.Numerics;

namespace EventBus.Patterns.Tests.Conformance;

/// <summary>The exact value of a number's text: digits without trailing zeros, times a power of ten.</summary>
internal readonly record struct NaiveNumber(BigInteger Digits, BigInteger PowerOfTen)
{
    public static NaiveNumber Parse(string text)
    {
        string[] parts = text.Split('e', 'E');
        int point = parts[0].IndexOf('.', StringComparison.Ordinal);
        int decimals = point < 0 ? 0 : parts[0].Length - point - 1;
        BigInteger exponent = parts.Length == 1 ? 0 : BigInteger.Parse(parts[1], CultureInfo.InvariantCulture);
        var digits = BigInteger.Parse(parts[0].Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        BigInteger power = exponent - decimals;
        if (digits.IsZero)
        {
            return default;
        }

        while (digits % 10 == 0)
        {
            digits /= 10;
            power++;
        }

        return new NaiveNumber(digits, power);
    }

    public static double ToDouble(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>Whether the shortest text of the nearest double is another number than the text itself.</summary>
    public static bool IsImprecise(string text)
    {
        double nearest = ToDouble(text);
        return !double.IsFinite(nearest) || Parse(nearest.ToString("R", CultureInfo.InvariantCulture)) != Parse(text);
    }
}
