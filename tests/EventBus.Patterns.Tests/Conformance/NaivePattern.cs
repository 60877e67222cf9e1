using System.Collections.Immutable;
using System.Text.Json;

namespace EventBus.Patterns.Tests.Conformance;

/// <summary>What a pattern asks of one field.</summary>
internal sealed record NaiveField(string Path, Func<NaiveValue, bool>[] Alternatives, bool AcceptsAbsence);

/// <summary>A pattern that is known to be valid, multiplied out: an event matches when it matches all fields of one branch.</summary>
internal sealed class NaivePattern
{
    private static readonly HashSet<string> Operators =
        ["exactly", "prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "numeric", "cidr", "exists"];

    private NaivePattern(string text, PatternProfile profile)
    {
        Text = text;
        Profile = profile;
        using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 1_000 });
        Branches =
        [
            .. MultiplyOut(document.RootElement, null, [ImmutableSortedDictionary.Create<string, JsonElement>(StringComparer.Ordinal)])
                .Select(branch => branch.Select(field => Field(field.Key, field.Value)).ToArray()),
        ];
    }

    public string Text { get; }

    public PatternProfile Profile { get; }

    /// <summary>The branches, the fields of each in ordinal order of their paths.</summary>
    public NaiveField[][] Branches { get; }

    public static NaivePattern Parse(string text, PatternProfile profile) => new(text, profile);

    private static IReadOnlyList<ImmutableSortedDictionary<string, JsonElement>> MultiplyOut(
        JsonElement json, string? path, IReadOnlyList<ImmutableSortedDictionary<string, JsonElement>> branches)
    {
        foreach (JsonProperty member in json.EnumerateObject())
        {
            string name = path is null ? member.Name : $"{path}.{member.Name}";
            branches = member switch
            {
                { Name: "$or" } when IsChoice(member.Value) =>
                    [.. member.Value.EnumerateArray().SelectMany(one => MultiplyOut(one, path, branches))],
                { Value.ValueKind: JsonValueKind.Object } => MultiplyOut(member.Value, name, branches),
                _ => [.. branches.Select(branch => branch.SetItem(name, member.Value))],
            };
        }

        return branches;
    }

    private static bool IsChoice(JsonElement json) =>
        json.ValueKind == JsonValueKind.Array
        && json.GetArrayLength() >= 2
        && json.EnumerateArray().All(static one =>
            one.ValueKind == JsonValueKind.Object && !one.EnumerateObject().Any(static member => Operators.Contains(member.Name)));

    private NaiveField Field(string path, JsonElement alternatives)
    {
        JsonElement[] values = [.. alternatives.EnumerateArray().Where(static one => !IsAbsence(one))];
        return new NaiveField(path, [.. values.Select(Alternative)], alternatives.EnumerateArray().Any(IsAbsence));
    }

    private static bool IsAbsence(JsonElement alternative) =>
        alternative.ValueKind == JsonValueKind.Object
        && alternative.TryGetProperty("exists", out JsonElement exists)
        && exists.ValueKind == JsonValueKind.False;

    private Func<NaiveValue, bool> Alternative(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Object)
        {
            return Operator(json.EnumerateObject().Single());
        }

        // Only a string that stands for itself may be an address.
        bool mayBeAddress = json.ValueKind == JsonValueKind.String && Profile == PatternProfile.EventBridge;
        return mayBeAddress && NaiveAddress.Parse(json.GetString()!) is { } address
            ? value => value.Address == address
            : Literal(json);
    }

    private Func<NaiveValue, bool> Literal(JsonElement json)
    {
        JsonValueKind kind = json.ValueKind;
        if (kind == JsonValueKind.Number)
        {
            return Number(json.GetRawText());
        }

        string text = kind == JsonValueKind.String ? json.GetString()! : json.GetRawText();
        return value => value.Kind == kind && value.Text == text;
    }

    private Func<NaiveValue, bool> Number(string text)
    {
        var number = NaiveNumber.Parse(text);
        bool isImprecise = NaiveNumber.IsImprecise(text);
        bool spellingCounts = Profile == PatternProfile.EventBridge;
        return value => value.Kind == JsonValueKind.Number
            && (spellingCounts && (isImprecise || value.IsImprecise) ? value.Text == text : value.Decimal == number);
    }

    private Func<NaiveValue, bool> Operator(JsonProperty @operator) => @operator.Name switch
    {
        "exists" => static _ => true,
        "exactly" => Literal(@operator.Value),
        "anything-but" => AnythingBut(@operator.Value),
        "numeric" => Numeric([.. @operator.Value.EnumerateArray()]),
        "cidr" => Network(@operator.Value.GetString()!),
        _ => StringForm(@operator.Name, @operator.Value),
    };

    private Func<NaiveValue, bool> AnythingBut(JsonElement json)
    {
        Func<NaiveValue, bool>[] excluded;
        if (json.ValueKind == JsonValueKind.Object)
        {
            JsonProperty form = json.EnumerateObject().Single();
            excluded = [.. OneOrMany(form.Value).Select(one => StringForm(form.Name, one))];
        }
        else
        {
            excluded = [.. OneOrMany(json).Select(Literal)];
        }

        return value => !excluded.Any(one => one(value));
    }

    private static JsonElement[] OneOrMany(JsonElement json) => json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray()] : [json];

    private static Func<NaiveValue, bool> Network(string network) => value => NaiveAddress.IsWithin(value.Address, network);

    private Func<NaiveValue, bool> Numeric(JsonElement[] terms)
    {
        if (terms[0].GetString() == "=")
        {
            return Number(terms[1].GetRawText());
        }

        (string? Comparison, double Bound)[] bounds =
            [.. terms.Chunk(2).Select(static term => (term[0].GetString(), NaiveNumber.ToDouble(term[1].GetRawText())))];
        bool refusesImprecise = Profile == PatternProfile.EventBridge;
        return value => value.Kind == JsonValueKind.Number
            && !(refusesImprecise && value.IsImprecise)
            && bounds.All(term => term.Comparison switch
            {
                "<" => value.Number < term.Bound,
                "<=" => value.Number <= term.Bound,
                ">" => value.Number > term.Bound,
                _ => value.Number >= term.Bound,
            });
    }

    private static Func<NaiveValue, bool> StringForm(string name, JsonElement argument)
    {
        bool ignoresCase = argument.ValueKind == JsonValueKind.Object;
        string written = (ignoresCase ? argument.GetProperty("equals-ignore-case") : argument).GetString()!;
        string folded = NaiveValue.Fold(written);
        Func<NaiveValue, bool> test = (name, ignoresCase) switch
        {
            ("prefix", false) => value => value.Text.StartsWith(written, StringComparison.Ordinal),
            ("prefix", true) => value => value.Folded.StartsWith(folded, StringComparison.Ordinal),
            ("suffix", false) => value => value.Text.EndsWith(written, StringComparison.Ordinal),
            ("suffix", true) => value => value.Folded.EndsWith(folded, StringComparison.Ordinal),
            ("equals-ignore-case", _) => value => value.Folded == folded,
            ("wildcard", _) => value => MatchesWildcard(written, value.Text),
            _ => throw new ArgumentException($"There is no operator '{name}'.", nameof(name)),
        };
        return value => value.Kind == JsonValueKind.String && test(value);
    }

    private static bool MatchesWildcard(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        if (pattern.IsEmpty)
        {
            return text.IsEmpty;
        }

        if (pattern[0] == '*')
        {
            return MatchesWildcard(pattern[1..], text) || (!text.IsEmpty && MatchesWildcard(pattern, text[1..]));
        }

        int escape = pattern[0] == '\\' ? 1 : 0;
        return !text.IsEmpty && text[0] == pattern[escape] && MatchesWildcard(pattern[(escape + 1)..], text[1..]);
    }
}
