using System.Diagnostics.CodeAnalysis;
using System.Text;
using EventBus.Patterns.Conditions;

namespace EventBus.Patterns.Parsing;

/// <summary>Takes a wildcard's text apart at its stars.</summary>
internal static class WildcardReader
{
    public static bool TryRead(ref PatternReader reader, scoped ReadOnlySpan<byte> text, [NotNullWhen(true)] out Condition? condition)
    {
        condition = null;
        List<byte[]> pieces = [];
        byte[] piece = new byte[text.Length];
        int length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                if (i + 1 == text.Length || text[i + 1] is not ((byte)'*' or (byte)'\\'))
                {
                    return FailEscape(ref reader, text[i..]);
                }

                piece[length++] = text[++i];
            }
            else if (text[i] != '*')
            {
                piece[length++] = text[i];
            }
            else if (pieces.Count > 0 && length == 0)
            {
                return reader.Fail(
                    $"The wildcard {reader.Quote()} has two stars side by side.",
                    """One star already stands for any run of characters: write "a*b", not "a**b"; a star itself is written "\\*" in JSON.""");
            }
            else
            {
                pieces.Add(piece[..length]);
                length = 0;
            }
        }

        pieces.Add(piece[..length]);
        condition = pieces.Count == 1 ? new ExactString(pieces[0], ExactStringForm.Wildcard) : new Wildcard([.. pieces]);
        return true;
    }

    private static bool FailEscape(ref PatternReader reader, scoped ReadOnlySpan<byte> rest)
    {
        Rune.DecodeFromUtf8(rest[1..], out Rune escaped, out int consumed);
        string problem = consumed == 0 || rest.Length == 1
            ? $"The wildcard {reader.Quote()} ends in a backslash."
            : $"The wildcard {reader.Quote()} has a backslash before '{escaped}'.";
        return reader.Fail(
            problem,
            """A backslash escapes a star or a backslash only: in JSON write "\\*" for a star, "\\\\" for a backslash.""");
    }
}
