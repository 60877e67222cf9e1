using System.Text;
using System.Text.Json;

namespace EventBus.Patterns.Tests.Conformance;

/// <summary>An element of one array of an event.</summary>
internal readonly record struct NaiveElement(int Array, int Index);

/// <summary>A scalar of an event, with the array elements around it.</summary>
internal sealed class NaiveValue(JsonElement json, NaiveElement[] elements)
{
    public JsonValueKind Kind { get; } = json.ValueKind;

    /// <summary>A string's characters, or the text of anything else.</summary>
    public string Text { get; } = json.ValueKind == JsonValueKind.String ? json.GetString()! : json.GetRawText();

    public NaiveElement[] Elements { get; } = elements;

    public string Folded { get; } = json.ValueKind == JsonValueKind.String ? Fold(json.GetString()!) : "";

    public string? Address { get; } = json.ValueKind == JsonValueKind.String ? NaiveAddress.Parse(json.GetString()!) : null;

    public double Number { get; } = json.ValueKind == JsonValueKind.Number ? NaiveNumber.ToDouble(json.GetRawText()) : double.NaN;

    public NaiveNumber Decimal { get; } = json.ValueKind == JsonValueKind.Number ? NaiveNumber.Parse(json.GetRawText()) : default;

    public bool IsImprecise { get; } = json.ValueKind == JsonValueKind.Number && NaiveNumber.IsImprecise(json.GetRawText());

    /// <summary>A text with every character folded on its own, first to lower and then to upper case.</summary>
    public static string Fold(string text) =>
        string.Concat(text.EnumerateRunes().Select(static rune => Rune.ToUpperInvariant(Rune.ToLowerInvariant(rune)).ToString()));

    /// <summary>Whether both lie in the same element of every array that both lie in.</summary>
    public bool IsConsistentWith(NaiveElement[] others)
    {
        foreach (NaiveElement element in Elements)
        {
            foreach (NaiveElement other in others)
            {
                if (element.Array == other.Array && element.Index != other.Index)
                {
                    return false;
                }
            }
        }

        return true;
    }
}

/// <summary>An event as the values of its fields.</summary>
internal sealed class NaiveEvent
{
    private readonly Dictionary<string, List<NaiveValue>> _fields = [];
    private int _arrays;

    private NaiveEvent(string text) => Text = text;

    public string Text { get; }

    public static NaiveEvent Parse(string text)
    {
        using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 1_000 });
        NaiveEvent @event = new(text);
        @event.AddMembers(document.RootElement, null, []);
        return @event;
    }

    public IReadOnlyList<NaiveValue> Values(string path) => _fields.TryGetValue(path, out List<NaiveValue>? values) ? values : [];

    private void AddMembers(JsonElement json, string? path, NaiveElement[] elements)
    {
        foreach (JsonProperty member in json.EnumerateObject())
        {
            Add(member.Value, path is null ? member.Name : $"{path}.{member.Name}", elements);
        }
    }

    private void Add(JsonElement json, string path, NaiveElement[] elements)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                AddMembers(json, path, elements);
                break;
            case JsonValueKind.Array:
                AddElements(json, path, elements);
                break;
            default:
                if (!_fields.TryGetValue(path, out List<NaiveValue>? values))
                {
                    _fields.Add(path, values = []);
                }

                values.Add(new NaiveValue(json, elements));
                break;
        }
    }

    private void AddElements(JsonElement json, string path, NaiveElement[] elements)
    {
        int array = _arrays++;
        int index = 0;
        foreach (JsonElement element in json.EnumerateArray())
        {
            // A scalar stands for the whole array: any scalar of it goes with any other.
            bool isScalar = element.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array);
            Add(element, path, isScalar ? elements : [.. elements, new NaiveElement(array, index)]);
            index++;
        }
    }
}
