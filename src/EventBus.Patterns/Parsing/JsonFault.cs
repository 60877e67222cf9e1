using System.Text.Json;

namespace EventBus.Patterns.Parsing;

/// <summary>Explains text that is no JSON.</summary>
internal static class JsonFault
{
    public static PatternFault Explain(JsonException exception, ReadOnlySpan<byte> utf8)
    {
        int offset = Offset(utf8, exception.LineNumber ?? 0, exception.BytePositionInLine ?? 0);
        string problem = utf8.TrimStart(" \t\r\n"u8).IsEmpty ? "The pattern is empty." : $"The pattern is not JSON: {Reason(exception.Message)}";
        return new PatternFault(offset, problem, Remedy(utf8, offset));
    }

    // What follows is the place, told by the error itself, and advice to programmers.
    private static string Reason(string message)
    {
        foreach (string rest in (ReadOnlySpan<string>)[" LineNumber:", " Change the reader options"])
        {
            int at = message.IndexOf(rest, StringComparison.Ordinal);
            message = at < 0 ? message : message[..at];
        }

        return message;
    }

    private static int Offset(ReadOnlySpan<byte> utf8, long line, long column)
    {
        int start = 0;
        for (; line > 0; line--)
        {
            start += utf8[start..].IndexOf((byte)'\n') + 1;
        }

        return (int)Math.Min(start + column, utf8.Length);
    }

    private static string Remedy(ReadOnlySpan<byte> utf8, int offset)
    {
        if (utf8.TrimStart(" \t\r\n"u8).IsEmpty)
        {
            return """Write a pattern, such as {"source":["orders"]}.""";
        }

        if (offset >= utf8.Length)
        {
            return "Close what is still open: strings with \", lists with ], objects with }.";
        }

        ReadOnlySpan<byte> before = utf8[..offset].TrimEnd(" \t\r\n"u8);
        char previous = before.IsEmpty ? ' ' : (char)before[^1];
        char found = (char)utf8[offset];
        return (previous, found) switch
        {
            (_, '\'') => """Write names and strings in double quotes, as in {"source":["orders"]}.""",
            (_, '/') => "Take the comment out: JSON has none.",
            (',', ']' or '}') => "Take out the comma before it.",
            ('{' or ',', _) when char.IsAsciiLetter(found) => """Write names and strings in double quotes, as in {"source":["orders"]}.""",
            (not (',' or ':' or '[' or '{'), '"' or '{' or '[') => "Put a comma between the two.",
            (_, '\r' or '\n' or '\t') => @"Write line breaks and tabs in a string as \n, \r and \t.",
            (_, '+' or '-' or '.' or 'N' or 'I') or ('+' or '-' or '.' or 'e' or 'E' or (>= '0' and <= '9'), _) =>
                "Write numbers as JSON does: 5, -0.5, 1e3.",
            (_, (char)0xEF) => "Take out the byte order mark before the pattern.",
            _ when before is [.., (byte)'\\'] => """Escape with a backslash only " \ / b f n r t and u with four digits; write a backslash as \\.""",
            _ => """Write one JSON object, such as {"source":["orders"]}, and nothing behind it.""",
        };
    }
}
