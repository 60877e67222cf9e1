using System.Globalization;

namespace EventBus.Benchmarks.Comparing;

/// <summary>Numbers with as many digits as can be meant.</summary>
internal static class Number
{
    public static string Of(double value)
    {
        string format = value switch
        {
            < 0.995 => "0.00",
            < 9.95 => "0.0",
            _ => "#,0",
        };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    public static string OfBytes(double bytes) => bytes < 0.5 ? "–" : bytes.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A time as one reads it aloud: 17 ns, 1.9 µs.</summary>
    public static string OfTime(double nanoseconds) => nanoseconds switch
    {
        < 1_000 => $"{Of(nanoseconds)} ns",
        < 1_000_000 => $"{Of(nanoseconds / 1_000)} µs",
        _ => $"{Of(nanoseconds / 1_000_000)} ms",
    };
}
