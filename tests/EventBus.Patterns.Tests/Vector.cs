using System.Text.Json;

namespace EventBus.Patterns.Tests;

/// <summary>A pattern and an event with the reference engine's verdict: null where the pattern is refused.</summary>
internal sealed record Vector(string Id, string Group, string Pattern, string Event, bool? IsMatch)
{
    private static readonly Lazy<Vector[]> Loaded = new(Load);

    public static Vector[] All => Loaded.Value;

    private static Vector[] Load() =>
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Vectors", "vectors.jsonl")).Select(Parse)];

    private static Vector Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        JsonElement vector = document.RootElement;
        return new Vector(
            vector.GetProperty("id").GetString()!,
            vector.GetProperty("group").GetString()!,
            vector.GetProperty("pattern").GetString()!,
            vector.GetProperty("event").GetString()!,
            vector.TryGetProperty("match", out JsonElement match) ? match.GetBoolean() : null);
    }
}
