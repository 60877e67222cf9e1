using System.Buffers;
using System.Text;

namespace EventBus.Patterns.Conditions;

/// <summary>
/// Text without its case: each character by the invariant culture's simple mapping to lower and then to upper, which
/// keeps the number of characters (full mappings, ß to SS, are not applied).
/// </summary>
internal static class CaseFolding
{
    public static byte[] Fold(ReadOnlySpan<byte> text)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(MaxLength(text.Length));
        try
        {
            return rented[..Fold(text, rented)];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>How many bytes folding may need: a character of two bytes may fold to one of three.</summary>
    public static int MaxLength(int length) => length + (length / 2);

    /// <summary>Writes the folded text and returns its length.</summary>
    /// <param name="text">Text in UTF-8.</param>
    /// <param name="folded">At least <see cref="MaxLength"/> bytes.</param>
    public static int Fold(ReadOnlySpan<byte> text, Span<byte> folded)
    {
        if (Ascii.ToUpper(text, folded, out int written) == OperationStatus.Done)
        {
            return written;
        }

        // Stopped at the first character beyond ASCII, or somewhat before it: go on from there, one by one.
        ReadOnlySpan<byte> rest = text[written..];
        int length = written;
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(rest, out Rune rune, out int consumed) == OperationStatus.Done)
            {
                length += Fold(rune).EncodeToUtf8(folded[length..]);
            }
            else
            {
                // Bytes that are no text equal only themselves.
                rest[..consumed].CopyTo(folded[length..]);
                length += consumed;
            }

            rest = rest[consumed..];
        }

        return length;
    }

    public static bool Matches(ReadOnlySpan<byte> text, ReadOnlySpan<byte> folded, CaseMatch part)
    {
        if (!Ascii.IsValid(text))
        {
            return MatchesBeyondAscii(text, folded, part);
        }

        if (text.Length < folded.Length || (part == CaseMatch.Whole && text.Length != folded.Length))
        {
            return false;
        }

        ReadOnlySpan<byte> compared = part == CaseMatch.Suffix ? text[^folded.Length..] : text[..folded.Length];
        return Ascii.EqualsIgnoreCase(compared, folded);
    }

    private static bool MatchesBeyondAscii(ReadOnlySpan<byte> text, ReadOnlySpan<byte> folded, CaseMatch part)
    {
        using FoldedText seen = new(text, stackalloc byte[FoldedText.ShortLength]);
        return part switch
        {
            CaseMatch.Prefix => seen.Text.StartsWith(folded),
            CaseMatch.Suffix => seen.Text.EndsWith(folded),
            _ => seen.Text.SequenceEqual(folded),
        };
    }

    private static Rune Fold(Rune rune) => Rune.ToUpperInvariant(Rune.ToLowerInvariant(rune));
}
