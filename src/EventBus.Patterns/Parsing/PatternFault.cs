using System.Text;
using System.Text.Json;

namespace EventBus.Patterns.Parsing;

/// <summary>A fault found in a pattern, by its place in the text.</summary>
/// <remarks>
/// The path is found only now, by reading the text a second time up to the fault: a good pattern does not pay for it.
/// </remarks>
internal sealed record PatternFault(int Offset, string Problem, string Remedy)
{
    public EventPatternError Locate(ReadOnlySpan<byte> utf8)
    {
        ReadOnlySpan<byte> before = utf8[..Math.Min(Offset, utf8.Length)];
        int lineStart = before.LastIndexOf((byte)'\n') + 1;
        return new EventPatternError(
            PathTo(utf8, Offset),
            before.Count((byte)'\n') + 1,
            Encoding.UTF8.GetCharCount(before[lineStart..]) + 1,
            Problem,
            Remedy);
    }

    private static string PathTo(ReadOnlySpan<byte> utf8, int offset)
    {
        PathTracker tracker = new();
        Utf8JsonReader json = PatternReader.Tokens(utf8);
        try
        {
            // The token that the fault lies in still counts; the brackets before it are closed or open by then.
            while (json.BytesConsumed <= offset && json.Read())
            {
                tracker.Take(ref json);
            }
        }
        catch (JsonException)
        {
            // The fault is one of JSON: the path to the last good token is the nearest there is.
        }

        return tracker.ToString();
    }

    /// <summary>The steps from the root to the token taken last.</summary>
    private sealed class PathTracker
    {
        // One step for each open bracket: a name in an object (null before its first), an index in a list.
        private readonly List<(string? Name, int Index)> _steps = [];

        public void Take(ref Utf8JsonReader json)
        {
            switch (json.TokenType)
            {
                case JsonTokenType.PropertyName:
                    _steps[^1] = (Unescape(ref json), -1);
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    _steps.RemoveAt(_steps.Count - 1);
                    break;
                default:
                    if (_steps.Count > 0 && _steps[^1].Index >= -1 && _steps[^1].Name is null)
                    {
                        _steps[^1] = (null, _steps[^1].Index + 1);
                    }

                    if (json.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                    {
                        _steps.Add((null, json.TokenType == JsonTokenType.StartArray ? -1 : int.MinValue));
                    }

                    break;
            }
        }

        public override string ToString()
        {
            StringBuilder path = new("$");
            foreach ((string? name, int index) in _steps)
            {
                if (name is not null)
                {
                    path.Append(IsIdentifier(name) ? $".{name}" : $"['{name.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal)}']");
                }
                else if (index >= 0)
                {
                    path.Append('[').Append(index).Append(']');
                }
            }

            return path.ToString();
        }

        // A name with half a surrogate pair cannot be unescaped; as it may be the very fault, it is shown as written.
        private static string Unescape(ref Utf8JsonReader json)
        {
            try
            {
                return json.GetString()!;
            }
            catch (InvalidOperationException)
            {
                return Encoding.UTF8.GetString(json.ValueSpan);
            }
        }

        private static bool IsIdentifier(string name) =>
            name.Length > 0
            && !char.IsAsciiDigit(name[0])
            && name.All(static character => char.IsLetterOrDigit(character) || character is '_' or '$');
    }
}
