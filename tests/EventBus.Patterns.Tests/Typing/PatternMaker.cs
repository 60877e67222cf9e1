using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventBus.Patterns.Events;

namespace EventBus.Patterns.Tests.Typing;

/// <summary>Makes patterns for an event out of the event's own JSON, so that about half of them match.</summary>
internal sealed class PatternMaker(ParcelMaker dice)
{
    public string Pattern(ReadOnlySpan<byte> utf8Json)
    {
        Utf8JsonReader reader = new(utf8Json);
        using var document = JsonDocument.ParseValue(ref reader);
        List<(string Path, JsonElement? Value)> leaves = [];
        Collect(document.RootElement, "", leaves);
        if (leaves.Count == 0)
        {
            return """{"id":[{"exists":false}]}""";
        }

        Dictionary<string, JsonArray> fields = [];
        for (int i = dice.Below(3); i >= 0; i--)
        {
            (string path, JsonElement? value) = leaves[dice.Below(leaves.Count)];

            // Two fields of one object, so that array consistency is at stake.
            string parent = path[..(path.LastIndexOf('.') + 1)];
            (string Path, JsonElement? Value)[] siblings = [.. leaves.Where(leaf => leaf.Path != path && leaf.Path.StartsWith(parent, StringComparison.Ordinal))];
            fields[path] = Alternatives(value);
            if (parent.Length > 0 && siblings.Length > 0 && dice.Coin())
            {
                (string other, JsonElement? otherValue) = siblings[dice.Below(siblings.Length)];
                fields[other] = Alternatives(otherValue);
            }
        }

        return new JsonObject(fields.Select(static field => KeyValuePair.Create(field.Key, (JsonNode?)field.Value))).ToJsonString();
    }

    private static void Collect(JsonElement element, string path, List<(string Path, JsonElement? Value)> leaves)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                if (path.Length > 0)
                {
                    leaves.Add((path, null));
                }

                foreach (JsonProperty property in element.EnumerateObject())
                {
                    Collect(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}", leaves);
                }

                break;
            case JsonValueKind.Array:
                leaves.Add((path, null));
                foreach (JsonElement item in element.EnumerateArray())
                {
                    Collect(item, path, leaves);
                }

                break;
            default:
                leaves.Add((path, element));
                break;
        }
    }

    private JsonArray Alternatives(JsonElement? value)
    {
        JsonArray alternatives = [Alternative(value)];
        if (dice.Below(4) == 0)
        {
            alternatives.Add(Alternative(value));
        }

        return alternatives;
    }

    private JsonNode? Alternative(JsonElement? value) => (dice.Below(12), value) switch
    {
        (0, _) => new JsonObject { ["exists"] = dice.Below(3) > 0 },
        (1, _) => JsonValue.Create(dice.Pick("a", "Oslo", "x1", "5")),
        (2, _) => JsonValue.Create(dice.Pick(0, 1, 5, 300)),
        (3, _) => null,
        (4, _) => new JsonObject { ["anything-but"] = dice.Coin() ? JsonValue.Create("a") : JsonValue.Create(300) },
        (_, { ValueKind: JsonValueKind.String } text) => OfText(text.GetString()!),
        (_, { ValueKind: JsonValueKind.Number } number) => OfNumber(number),
        (_, null) => new JsonObject { ["exists"] = dice.Coin() },
        (_, { } literal) => JsonNode.Parse(literal.GetRawText()),
    };

    private JsonNode OfText(string text)
    {
        int split = text.Length == 0 ? 0 : dice.Below(text.Length);
        split -= split > 0 && char.IsLowSurrogate(text[split]) ? 1 : 0;
        return dice.Below(7) switch
        {
            0 => new JsonObject { ["prefix"] = text[..split] },
            1 => new JsonObject { ["suffix"] = text[split..] },
            2 => new JsonObject { ["equals-ignore-case"] = text.ToUpperInvariant() },
            3 when !text.AsSpan().ContainsAny('*', '\\') => new JsonObject { ["wildcard"] = $"{text[..split]}*" },
            4 => new JsonObject { ["anything-but"] = text },
            _ => JsonValue.Create(text),
        };
    }

    private JsonNode OfNumber(JsonElement number)
    {
        JsonNode written = JsonNode.Parse(number.GetRawText())!;
        if (!JsonNumber.IsHeldExactly(JsonMarshal.GetRawUtf8Value(number)))
        {
            return written; // Such a number cannot be compared by size.
        }

        double value = number.GetDouble();
        return dice.Below(5) switch
        {
            0 => new JsonObject { ["numeric"] = new JsonArray("=", written) },
            1 => new JsonObject { ["numeric"] = new JsonArray(dice.Coin() ? ">=" : "<", written) },
            2 when Math.Abs(value) < 1e9 => new JsonObject { ["numeric"] = new JsonArray(">", Math.Floor(value) - 1, "<=", Math.Floor(value) + 1) },
            3 => new JsonObject { ["anything-but"] = new JsonArray(written) },
            _ => written,
        };
    }
}
