using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using EventBus.Patterns.Conditions;

namespace EventBus.Patterns.Parsing;

/// <summary>A pattern's tokens one after another, and the first fault found in them.</summary>
/// <param name="utf8">The pattern.</param>
/// <param name="profile">How far the pattern may bend the language.</param>
internal ref struct PatternReader(ReadOnlySpan<byte> utf8, PatternProfile profile)
{
    /// <summary>How deep a pattern's brackets may nest. Bounds the recursion of the readers.</summary>
    public const int DeepestNesting = 256;

    private readonly ReadOnlySpan<byte> _utf8 = utf8;
    private Utf8JsonReader _json = Tokens(utf8);

    public bool IsEventBridge { get; } = profile == PatternProfile.EventBridge;

    public readonly JsonTokenType Kind => _json.TokenType;

    /// <summary>Where the token begins, in bytes.</summary>
    public readonly int Offset => (int)_json.TokenStartIndex;

    public readonly int Depth => _json.CurrentDepth;

    /// <summary>The first fault, or null.</summary>
    public PatternFault? Fault { get; private set; }

    /// <summary>A number's text, or a string's as it is written.</summary>
    public readonly ReadOnlySpan<byte> RawText => _json.ValueSpan;

    /// <summary>The tokens of a pattern, a few levels deeper than a good one nests so that the reader of fields is the one to refuse it.</summary>
    public static Utf8JsonReader Tokens(ReadOnlySpan<byte> utf8) => new(utf8, new JsonReaderOptions { MaxDepth = DeepestNesting + 16 });

    /// <summary>Goes to the next token. False at the pattern's end and at a fault.</summary>
    /// <exception cref="JsonException">The text is no JSON.</exception>
    public bool Read() =>
        _json.Read() && (!_json.ValueIsEscaped || !HasLoneSurrogate(_json.ValueSpan) || Fail(
            "The text holds half a surrogate pair, which is no character.",
            """Write both halves, as in "\uD83D\uDE00", or the character itself."""));

    /// <summary>A string or a name, unescaped, in UTF-8. It stays valid when the reader goes on.</summary>
    public readonly ReadOnlySpan<byte> Text()
    {
        if (!_json.ValueIsEscaped)
        {
            return _json.ValueSpan;
        }

        byte[] unescaped = new byte[_json.ValueSpan.Length];
        return unescaped.AsSpan(0, _json.CopyString(unescaped));
    }

    /// <summary>Writes a name's characters, unescaped, and returns how many they are.</summary>
    /// <param name="characters">As many characters as the name has bytes.</param>
    public readonly int CopyText(scoped Span<char> characters) => _json.CopyString(characters);

    public readonly bool TextEquals(ReadOnlySpan<byte> text) => _json.ValueTextEquals(text);

    /// <summary>Records a fault at the current token.</summary>
    public bool Fail(string problem, string remedy) => Fail(Offset, problem, remedy);

    /// <summary>Records a fault.</summary>
    /// <returns>False, for the caller to return.</returns>
    public bool Fail(int offset, string problem, string remedy)
    {
        Fault ??= new PatternFault(offset, problem, remedy);
        return false;
    }

    /// <summary>The value at the current token, for an error: <c>the number 5</c>.</summary>
    public readonly string Describe() => Kind switch
    {
        JsonTokenType.String => $"the string {Shorten(Written.String(Text()))}",
        JsonTokenType.Number => $"the number {Shorten(Encoding.UTF8.GetString(RawText))}",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.EndArray => "the end of the list",
        JsonTokenType.EndObject => "the end of the object",
        _ => Encoding.UTF8.GetString(RawText),
    };

    /// <summary>The scalar at the current token as the pattern would write it, cut where it is long.</summary>
    public readonly string Quote() => Kind is JsonTokenType.String or JsonTokenType.PropertyName
        ? Shorten(Written.String(Text()))
        : Shorten(Encoding.UTF8.GetString(RawText));

    /// <summary>The pattern's text between two places.</summary>
    public readonly ReadOnlySpan<byte> Slice(int start, int length) => _utf8.Slice(start, length);

    private static string Shorten(string text) => text.Length <= 60 ? text : $"{text.AsSpan(0, char.IsHighSurrogate(text[56]) ? 56 : 57)}...";

    // The reader takes any escape and throws when the text is asked for.
    private static bool HasLoneSurrogate(ReadOnlySpan<byte> raw)
    {
        bool isLowExpected = false;
        for (int i = 0; i < raw.Length; i++)
        {
            int unit = 0;
            if (raw[i] == '\\' && raw[++i] == 'u')
            {
                unit = Utf8Parser.TryParse(raw.Slice(i + 1, 4), out int escaped, out _, 'x') ? escaped : 0;
                i += 4;
            }

            if (unit is >= 0xDC00 and <= 0xDFFF != isLowExpected)
            {
                return true;
            }

            isLowExpected = unit is >= 0xD800 and <= 0xDBFF;
        }

        return isLowExpected;
    }
}
