using System.Globalization;
using System.Text.Json;

namespace EventBus.Patterns.Benchmarks;

/// <summary>
/// Lots by the hundred thousand, about 820 bytes of JSON each: the shape, and about the shares of matches, of the city lots on
/// which event-ruler and quamina publish their figures. Every run makes the same.
/// </summary>
internal static class Lots
{
    public const int Count = 200_000;

    private static readonly string[] Syllables =
        ["WAS", "HAR", "LOM", "CAL", "PAC", "BRO", "VAL", "GRE", "CLA", "SAN", "JOS", "DOL", "GUE", "VIC", "MIR", "ALA", "OAK", "PIN", "SUT", "POS"];

    private static readonly string[] Endings = ["A", "TON", "ER", "LEY", "DO", "IA", "ST", "RD", "ELL", "ARD", "IS", "O", "EY"];

    private static readonly string[] Types = ["ST", "ST", "ST", "ST", "ST", "AVE", "AVE", "WAY", "BLVD", "CT"];

    public static byte[][] Json() => Array.ConvertAll(Some(Count), static lot => JsonSerializer.SerializeToUtf8Bytes(lot));

    public static Lot[] Some(int count)
    {
        Random random = new(20_240_607);
        var lots = new Lot[count];
        for (int i = 0; i < lots.Length; i++)
        {
            string block = Text(random.Next(1, 7333), "0000");
            string number = Text(random.Next(1, 200), "000");
            int from = random.Next(1, 4000);
            var points = new LotPoint[5 + Math.Min(180, (int)Math.Exp(1.35 + (Gauss(random) * 0.95)))];
            double x = -122.513 + (random.NextDouble() * 0.143);
            double y = 37.708 + (random.NextDouble() * 0.102);
            for (int point = 0; point < points.Length - 1; point++)
            {
                points[point] = new LotPoint(Round(x + (random.NextDouble() * 0.0007)), Round(y + (random.NextDouble() * 0.0006)), 0);
            }

            points[^1] = points[0];
            lots[i] = new Lot(
                "Feature",
                new LotProperties(
                    block + number, block + number, block, number, Text(from), Text(from + random.Next(0, 9)),
                    random.Next(200) == 0 ? null : Street(random), random.Next(30) == 0 ? null : Types[random.Next(Types.Length)],
                    random.Next(2) == 0 ? "E" : "O"),
                new LotGeometry(random.Next(1800) == 0 ? "MultiPolygon" : "Polygon", points, points[0]));
        }

        return lots;
    }

    private static string Street(Random random) =>
        Syllables[Math.Min(random.Next(Syllables.Length), random.Next(Syllables.Length))]
        + (random.Next(2) == 0 ? "" : Syllables[random.Next(Syllables.Length)])
        + Endings[random.Next(Endings.Length)];

    private static string Text(int value, string format = "0") => value.ToString(format, CultureInfo.InvariantCulture);

    // Fourteen places, as a register of coordinates writes them: more digits than a number is quickly read with.
    private static double Round(double value) => Math.Round(value, 14);

    private static double Gauss(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
