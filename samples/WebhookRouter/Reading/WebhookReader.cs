using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;
using WebhookRouter.Webhooks;

namespace WebhookRouter.Reading;

/// <summary>Makes a webhook of a line, or says what is wrong with the line.</summary>
internal static class WebhookReader
{
    private const int MaxNameLength = 100;

    /// <summary>Whether a line holds nothing but white space.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(" \t\r"u8) < 0;

    /// <summary>Reads one line.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="webhook">The event, independent of the line's memory.</param>
    /// <param name="problem">Why there is none, as one line of text.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> line,
        [NotNullWhen(true)] out IWebhook? webhook,
        [NotNullWhen(false)] out string? problem)
    {
        webhook = null;
        problem = FindProblem(line, out WebhookLine? read);
        if (read is null)
        {
            problem ??= "The line is null.";
            return false;
        }

        try
        {
            webhook = WebhookTypes.Read(read.Name, read.Payload);
            return true;
        }
        catch (JsonException exception)
        {
            problem = $"The payload is no '{read.Name}': {Explain(exception)}";
            return false;
        }
    }

    private static string? FindProblem(ReadOnlySpan<byte> line, out WebhookLine? read)
    {
        read = null;
        if (!Utf8.IsValid(line))
        {
            return "The line is not valid UTF-8.";
        }

        WebhookLine? candidate;
        try
        {
            candidate = JsonSerializer.Deserialize(line, WebhookJson.Default.WebhookLine);
        }
        catch (JsonException exception)
        {
            return Explain(exception) + $" (byte {exception.BytePositionInLine})";
        }

        if (candidate is null)
        {
            return "The line is null.";
        }

        if (string.IsNullOrWhiteSpace(candidate.Name)
            || candidate.Name.Length > MaxNameLength
            || candidate.Name.AsSpan().ContainsAnyInRange('\0', '\x1f'))
        {
            return $"The name is not 1 to {MaxNameLength} printable characters.";
        }

        if (candidate.Payload.ValueKind != JsonValueKind.Object)
        {
            return $"The payload is {candidate.Payload.ValueKind}, not an object.";
        }

        read = candidate;
        return null;
    }

    // The serializer appends a path, and a line number that is always 0 here.
    private static string Explain(JsonException exception)
    {
        string message = exception.Message;
        foreach (string tail in (string[])[" Path: ", " LineNumber: "])
        {
            int at = message.IndexOf(tail, StringComparison.Ordinal);
            message = at < 0 ? message : message[..at];
        }

        return exception.Path is null or "$" ? message : $"{message} At {exception.Path}.";
    }
}
