using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventBus.Patterns.Tests.Typing;

/// <summary>An event with a property of every kind that is read in a way of its own.</summary>
internal sealed record Parcel
{
    public string? Id { get; init; }
    public Sender? Sender { get; init; }
    public List<Item?>? Items { get; init; }
    public Item[]? Gifts { get; init; }
    public Dictionary<string, string?>? Tags { get; init; }
    public IReadOnlyDictionary<string, Item?>? Shelves { get; init; }
    public Dictionary<string, Dictionary<string, int>>? Stock { get; init; }
    public SortedDictionary<string, List<int>>? Counts { get; init; }
    public int? Priority { get; init; }
    public byte Small { get; init; }
    public short Short { get; init; }
    public uint Unsigned { get; init; }
    public long Big { get; init; }
    public ulong Bigger { get; init; }
    public float Ratio { get; init; }
    public double Weight { get; init; }
    public double? Height { get; init; }
    public decimal Price { get; init; }
    public decimal? Discount { get; init; }
    public Half Half { get; init; }
    public Int128 Huge { get; init; }
    public bool IsPaid { get; init; }
    public bool? IsFragile { get; init; }
    public char Letter { get; init; }
    public Size Size { get; init; }
    public Size? OtherSize { get; init; }

    [JsonConverter(typeof(JsonStringEnumConverter<Size>))]
    public Size NamedSize { get; init; }

    [JsonConverter(typeof(JsonStringEnumConverter<Size>))]
    public Size? OtherNamedSize { get; init; }

    public Route Route { get; init; }
    public Guid Key { get; init; }
    public Guid? OtherKey { get; init; }
    public DateTime Sent { get; init; }
    public DateTime? Arrived { get; init; }
    public DateTimeOffset Booked { get; init; }
    public DateOnly Day { get; init; }
    public TimeOnly Hour { get; init; }
    public TimeSpan Duration { get; init; }
    public Uri? Link { get; init; }
    public Version? Version { get; init; }
    public int[][]? Grid { get; init; }
    public List<List<Item>>? Stacks { get; init; }
    public Spot Spot { get; init; }
    public Spot? OtherSpot { get; init; }
    public Spot[]? Spots { get; init; }
    public ImmutableArray<string> Words { get; init; } = [];
    public IReadOnlyList<int>? Numbers { get; init; }
    public IEnumerable<string>? Names { get; init; }
    public HashSet<Size>? Sizes { get; init; }
    public byte[]? Bytes { get; init; }
    public Memory<int> Memory { get; init; }
    public Nest? Nest { get; init; }
    public Parcel? Inner { get; init; }

    [JsonPropertyName("odd name")]
    public string? Odd { get; init; }

    [JsonPropertyName("far.away")]
    public string? Away { get; init; }

    [JsonPropertyName("sender.email")]
    public string? Email { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Note { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Zone { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Floor { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Always { get; init; }

    [JsonIgnore]
    public string? Secret { get; init; }

    [JsonNumberHandling(JsonNumberHandling.WriteAsString)]
    public int Written { get; init; }

    [JsonConverter(typeof(MoneyConverter))]
    public Money? Cost { get; init; }

    public Vehicle? Vehicle { get; init; }
    public List<Vehicle>? Fleet { get; init; }
    public object? Anything { get; init; }
    public object? Another { get; init; }
    public Dictionary<string, object?>? Assorted { get; init; }
    public List<object?>? Things { get; init; }
    public JsonElement Raw { get; init; }
    public Extended? Extended { get; init; }

    public string? Field;
    public int NumberField;
}

internal record Sender(string? Name, string? Country, Address? Address)
{
    public virtual int Rank { get; init; }
}

internal sealed record LoyalSender(string? Name, string? Country, Address? Address, string? Card) : Sender(Name, Country, Address)
{
    public override int Rank => 7;
}

internal sealed record Address(string? City, string? Zip);

internal sealed record Item(string? Sku, int Amount, decimal? Price, List<string>? Colours, Item? Part);

internal struct Spot
{
    public int X { get; set; }

    public readonly string Label => $"x{X}";

    [JsonInclude]
    public double Y;
}

internal sealed class Nest : List<Nest>
{
    public static Nest Of(int depth) => depth == 0 ? [] : [Of(depth - 1), Of(0)];
}

internal sealed class Extended
{
    public string? Known { get; set; }

    [JsonExtensionData]
    public Dictionary<string, object>? More { get; set; }
}

internal enum Size : byte
{
    None,
    Small,
    Large = 20,
}

[JsonConverter(typeof(JsonStringEnumConverter<Route>))]
[Flags]
internal enum Route
{
    None = 0,
    Road = 1,
    Rail = 2,
}

internal sealed record Money(decimal Amount, string Currency);

internal sealed class MoneyConverter : JsonConverter<Money>
{
    public override Money Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, Money value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(value.Amount);
        writer.WriteStringValue(value.Currency);
        writer.WriteStartObject();
        writer.WriteString("inner", value.Currency);
        writer.WriteEndObject();
        writer.WriteEndArray();
    }
}

[JsonDerivedType(typeof(Van), "van")]
[JsonDerivedType(typeof(Bike), "bike")]
internal abstract record Vehicle(string? Plate);

internal sealed record Van(string? Plate, int Doors) : Vehicle(Plate);

internal sealed record Bike(string? Plate, string? Colour) : Vehicle(Plate);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Parcel))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(Van))]
[JsonSerializable(typeof(Bike))]
[JsonSerializable(typeof(Item))]
internal sealed partial class ParcelContext : JsonSerializerContext;
