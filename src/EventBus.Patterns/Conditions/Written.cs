using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EventBus.Patterns.Conditions;

/// <summary>Values as a pattern's JSON writes them.</summary>
internal static class Written
{
    public static string String(ReadOnlySpan<byte> value) => Quote(Encoding.UTF8.GetString(value));

    public static string String(ReadOnlySpan<char> value) => Quote(value.ToString());

    public static string Number(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);

    public static string Wildcard(byte[][] pieces) => Quote(string.Join(
        "*",
        pieces.Select(static piece => Encoding.UTF8.GetString(piece).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("*", "\\*", StringComparison.Ordinal))));

    // For people to read, so that letters stay letters.
    private static string Quote(string value) => $"\"{JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
