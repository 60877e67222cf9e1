using System.Text.Json.Serialization;

namespace EventBus.Patterns.Benchmarks;

/// <summary>A plot of land as the city's register has it: a type, nine short texts, and a polygon of points.</summary>
public sealed record Lot(
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("properties")] LotProperties Properties,
    [property: JsonPropertyName("geometry")] LotGeometry Geometry);

/// <summary>What the register says of a lot.</summary>
public sealed record LotProperties(
    [property: JsonPropertyName("MAPBLKLOT")] string MapBlockLot,
    [property: JsonPropertyName("BLKLOT")] string BlockLot,
    [property: JsonPropertyName("BLOCK_NUM")] string Block,
    [property: JsonPropertyName("LOT_NUM")] string Number,
    [property: JsonPropertyName("FROM_ST")] string From,
    [property: JsonPropertyName("TO_ST")] string To,
    [property: JsonPropertyName("STREET")] string? Street,
    [property: JsonPropertyName("ST_TYPE")] string? StreetType,
    [property: JsonPropertyName("ODD_EVEN")] string OddEven);

/// <summary>Where a lot lies.</summary>
public sealed record LotGeometry(
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("coordinates")] LotPoint[] Coordinates,
    [property: JsonPropertyName("firstCoordinates")] LotPoint First);

/// <summary>A corner of a lot.</summary>
public sealed record LotPoint([property: JsonPropertyName("x")] double X, [property: JsonPropertyName("y")] double Y, [property: JsonPropertyName("z")] double Z);
