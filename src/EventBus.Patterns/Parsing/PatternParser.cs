using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace EventBus.Patterns.Parsing;

/// <summary>Reads a pattern's JSON into branches.</summary>
internal static class PatternParser
{
    private const int LongestOnStack = 512;

    /// <summary>The branches of a pattern, or the reason why it is none.</summary>
    public static bool TryParse(
        string text, PatternProfile profile, [NotNullWhen(true)] out Branch[]? branches, [NotNullWhen(false)] out EventPatternError? error)
    {
        byte[]? rented = null;
        Span<byte> buffer = text.Length <= LongestOnStack / 3
            ? stackalloc byte[LongestOnStack]
            : rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            PatternFault? fault = TryEncode(text, buffer, out int length);
            ReadOnlySpan<byte> utf8 = buffer[..length];
            branches = fault is null ? Parse(utf8, profile, out fault) : null;
            error = branches is null ? fault!.Locate(utf8) : null;
            return branches is not null;
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    private static PatternFault? TryEncode(string text, Span<byte> utf8, out int length)
    {
        if (Utf8.FromUtf16(text, utf8, out int read, out length, replaceInvalidSequences: false) == OperationStatus.Done)
        {
            return null;
        }

        int offset = length;
        length = Encoding.UTF8.GetBytes(text, utf8);
        return new PatternFault(
            offset,
            $"The pattern holds half a surrogate pair, U+{(int)text[read]:X4}, which is no character.",
            "Write the whole character, or both halves as escapes.");
    }

    private static Branch[]? Parse(ReadOnlySpan<byte> utf8, PatternProfile profile, out PatternFault? fault)
    {
        Branch[]? branches = Parse(utf8, profile, isOrField: false, out fault, out bool hasOr);
        if (branches is null && hasOr && profile == PatternProfile.EventBridge)
        {
            // As in the reference: a pattern that fails is read once more with every '$or' of it as a field's name. Where that
            // fails too, the first fault is the one worth telling.
            branches = Parse(utf8, profile, isOrField: true, out _, out _);
        }

        return branches;
    }

    private static Branch[]? Parse(ReadOnlySpan<byte> utf8, PatternProfile profile, bool isOrField, out PatternFault? fault, out bool hasOr)
    {
        FieldsReader reader = new(utf8, profile, isOrField, stackalloc char[FieldsReader.CommonPathLength]);
        Branch[]? branches;
        try
        {
            branches = reader.Read();
            fault = reader.Fault;
        }
        catch (JsonException exception)
        {
            branches = null;
            fault = JsonFault.Explain(exception, utf8);
        }

        hasOr = reader.HasOr;
        return branches;
    }
}
