using EventBus.Patterns.Conditions;
using EventBus.Patterns.Events;

namespace EventBus.Patterns.Indexing;

/// <summary>Under what a condition is posted in a field's table.</summary>
internal readonly record struct PostingKey(PostingKind Kind, byte[] Text)
{
    /// <summary>How much of a wildcard's inner piece is posted. Each length that occurs is one more look-up at each place of a value.</summary>
    private const int LongestPiece = 4;

    private const int FewEnough = 4;

    /// <summary>The key of a condition that some text or number must be found for; null for one that almost any value satisfies.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="values">The table it would be posted in: of a wildcard's pieces, the rarest there is chosen.</param>
    public static PostingKey? Of(Condition condition, ValueTable values) => condition switch
    {
        ExactString exact => new PostingKey(PostingKind.Exact, exact.Value),
        ExactNumber { IsHeldExactly: true } number => new PostingKey(PostingKind.Number, BitConverter.GetBytes(number.Value)),
        ExactNumber number => OfLong(number.Text),
        Literal literal => new PostingKey(PostingKind.Literal, [(byte)literal.Kind]),
        Affix { Value.Length: > 0 } affix => new PostingKey(affix.IsSuffix ? PostingKind.Suffix : PostingKind.Prefix, affix.Value),
        IgnoreCase { Part: CaseMatch.Whole } whole => new PostingKey(PostingKind.ExactFolded, whole.Folded),
        IgnoreCase { Folded.Length: > 0 } part =>
            new PostingKey(part.Part == CaseMatch.Prefix ? PostingKind.PrefixFolded : PostingKind.SuffixFolded, part.Folded),
        Wildcard wildcard => Of(wildcard, values),
        AddressRange range => new PostingKey(PostingKind.Network, range.Key),
        _ => null,
    };

    private static PostingKey OfLong(byte[] text)
    {
        Span<byte> key = stackalloc byte[JsonNumber.KeyLength];
        return new PostingKey(PostingKind.LongNumber, key[..JsonNumber.WriteKey(text, key)].ToArray());
    }

    private static PostingKey? Of(Wildcard wildcard, ValueTable values)
    {
        PostingKey? best = null;
        int fewest = int.MaxValue;
        foreach (PostingKey key in KeysOf(wildcard))
        {
            int count = values.Find(key.Kind, key.Text)?.Count ?? 0;
            if (count < FewEnough)
            {
                // Each kind of key in use is a look-up more for every value, so the first that will do is taken.
                return key;
            }

            if (count < fewest)
            {
                best = key;
                fewest = count;
            }
        }

        return best;
    }

    /// <summary>The keys that would do, those that fewer values pass first.</summary>
    private static IEnumerable<PostingKey> KeysOf(Wildcard wildcard)
    {
        PostingKey[] ends = [new PostingKey(PostingKind.WildcardPrefix, wildcard.First), new PostingKey(PostingKind.WildcardSuffix, wildcard.Last)];
        foreach (PostingKey end in ends.Where(static end => end.Text.Length > 0).OrderByDescending(static end => end.Text.Length))
        {
            yield return end;
        }

        foreach (byte[] piece in wildcard.Inner.OrderByDescending(static piece => piece.Length))
        {
            int length = Math.Min(piece.Length, LongestPiece);
            for (int start = 0; start + length <= piece.Length; start++)
            {
                yield return new PostingKey(PostingKind.WildcardPiece, piece[start..(start + length)]);
            }
        }
    }
}
