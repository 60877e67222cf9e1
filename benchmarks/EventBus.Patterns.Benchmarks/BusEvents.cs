using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventBus.Patterns.Benchmarks;

/// <summary>An event as buses carry them, about 500 bytes of JSON.</summary>
public sealed record BusEvent(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("source")] string Source,
    [property: JsonPropertyName("detail-type")] string DetailType,
    [property: JsonPropertyName("time")] DateTimeOffset Time,
    [property: JsonPropertyName("account")] string Account,
    [property: JsonPropertyName("detail")] BusEventDetail Detail);

/// <summary>What happened.</summary>
public sealed record BusEventDetail(
    [property: JsonPropertyName("customer")] string Customer,
    [property: JsonPropertyName("amount")] int Amount,
    [property: JsonPropertyName("currency")] string Currency,
    [property: JsonPropertyName("region")] string Region,
    [property: JsonPropertyName("ip")] string Ip,
    [property: JsonPropertyName("tags")] string[] Tags,
    [property: JsonPropertyName("lines")] BusEventLine[] Lines,
    [property: JsonPropertyName("note")] string Note);

/// <summary>A line of an order.</summary>
public sealed record BusEventLine(
    [property: JsonPropertyName("sku")] string Sku,
    [property: JsonPropertyName("qty")] int Quantity,
    [property: JsonPropertyName("price")] decimal Price);

/// <summary>Ten thousand events; half of them concern the first thousand customers, so that small sets of rules have matches too.</summary>
internal static class BusEvents
{
    public const int Count = 10_000;

    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

    public static BusEvent[] Objects { get; } = Make();

    public static byte[][] Json { get; } = Array.ConvertAll(Objects, static each => JsonSerializer.SerializeToUtf8Bytes(each));

    /// <summary>The name of a customer: ten characters, spread evenly, never the same for two numbers below four million.</summary>
    public static string Customer(int number) => string.Create(10, number, static (text, number) =>
    {
        uint mixed = unchecked(((uint)number * 2_654_435_761) + 12_345);
        for (int i = 0; i < text.Length; i++)
        {
            // The last four characters count the customers through, so that no two are equal.
            uint digit = i < 6 ? mixed % 36 : (uint)number >> ((i - 6) * 5) & 31;
            text[i] = Alphabet[(int)digit];
            mixed /= 36;
        }
    });

    public static string Source(int number) => $"app.source{number % 20}";

    public static string DetailType(int number) => $"type-{number / 20 % 50}";

    public static string Network(int number) => $"{10 + (number >> 16)}.{(number >> 8) & 255}.{number & 255}";

    private static BusEvent[] Make()
    {
        Random random = new(7);
        var events = new BusEvent[Count];
        for (int i = 0; i < events.Length; i++)
        {
            int rule = random.Next(i % 2 == 0 ? 1_000 : 100_000);
            events[i] = new BusEvent(
                $"{random.Next():x8}-{i:x4}",
                Source(rule),
                DetailType(rule),
                new DateTimeOffset(2025, 3, random.Next(1, 29), random.Next(24), random.Next(60), random.Next(60), TimeSpan.Zero),
                $"{random.Next():000000000000}",
                new BusEventDetail(
                    Customer(random.Next(10) < 8 ? rule : 200_000 + i),
                    (rule * 10) + random.Next(10),
                    "EUR",
                    $"eu-{random.Next(1, 10)}",
                    $"{Network(rule)}.{random.Next(1, 255)}",
                    [$"t{random.Next(997)}", "blue", $"x{random.Next(10)}"],
                    [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => new BusEventLine($"S{random.Next(10_000):0000}", random.Next(1, 10), random.Next(1, 10_000) / 100m))],
                    $"free text {i} that nobody filters on"));
        }

        return events;
    }
}
