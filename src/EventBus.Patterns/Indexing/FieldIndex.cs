using System.Runtime.InteropServices;
using EventBus.Patterns.Conditions;
using EventBus.Patterns.Events;
using EventBus.Patterns.Matching;

namespace EventBus.Patterns.Indexing;

/// <summary>The branches that are found by one field, by what they ask of its value.</summary>
/// <remarks>Readers need no lock; one writer at a time.</remarks>
internal sealed class FieldIndex
{
    /// <summary>How many ranges may be met before one range is thought to be as wide as many.</summary>
    private const int RangeCost = 16;

    private readonly ValueTable _values = new();
    private readonly LengthSet[] _lengths = [.. Enum.GetValues<PostingKind>().Select(static _ => new LengthSet())];
    private readonly BranchList _anyValue = new();
    private int _kinds;
    private RangeTree? _ranges;
    private int _rangeCount;

    /// <summary>The branches that are found by the field's absence, besides by its values.</summary>
    public BranchList Absent { get; } = new();

    /// <summary>About how many branches would be tried in vain for one that this condition finds.</summary>
    public int Cost(Condition condition)
    {
        if (condition is NumericRange range)
        {
            return double.IsFinite(range.Low) && double.IsFinite(range.High) ? RangeCost : RangeCost + (_rangeCount / 2);
        }

        if (PostingKey.Of(condition, _values) is not { } key)
        {
            return int.MaxValue / 1024;
        }

        int posted = _values.Find(key.Kind, key.Text)?.Count ?? 0;
        return (posted * 4) + (key.Kind switch
        {
            PostingKind.Exact or PostingKind.Number or PostingKind.LongNumber or PostingKind.ExactFolded or PostingKind.Network => 0,
            PostingKind.Literal => RangeCost * 4,
            _ => Math.Max(1, RangeCost - (key.Text.Length * 2)),
        });
    }

    /// <summary>How many wildcards would be tried one after another on a value, with this one added.</summary>
    public int WildcardComplexity(Condition condition) =>
        condition is Wildcard && PostingKey.Of(condition, _values) is { } key ? (_values.Find(key.Kind, key.Text)?.Count ?? 0) + 1 : 0;

    public void Add(Condition condition, BoundBranch branch)
    {
        if (condition is NumericRange range)
        {
            _rangeCount++;
            Volatile.Write(ref _ranges, RangeTree.Add(_ranges, range.Low, range.High, branch));
        }
        else if (PostingKey.Of(condition, _values) is { } key)
        {
            _values.GetOrAdd(key.Kind, key.Text).Add(branch);
            _lengths[(int)key.Kind].Add(key.Kind == PostingKind.Network ? NetworkLength(key.Text) : key.Text.Length);
            Volatile.Write(ref _kinds, _kinds | Bit(key.Kind));
        }
        else
        {
            _anyValue.Add(branch);
        }
    }

    /// <summary>Tries the branches that a value may satisfy.</summary>
    public void Find(scoped in FieldValue value, ref Candidates candidates)
    {
        int kinds = Volatile.Read(ref _kinds);
        switch (value.Kind)
        {
            case ValueKind.String:
                if (kinds != 0)
                {
                    FindText(in value, kinds, ref candidates);
                }

                break;
            case ValueKind.Number:
                FindNumber(in value, kinds, ref candidates);
                break;
            default:
                if (Has(kinds, PostingKind.Literal))
                {
                    Find(PostingKind.Literal, [(byte)value.Kind], in value, ref candidates);
                }

                break;
        }

        if (_anyValue.First is not null)
        {
            candidates.TryAll(_anyValue, in value);
        }
    }

    private static int Bit(PostingKind kind) => 1 << (int)kind;

    private static bool Has(int kinds, PostingKind kind) => (kinds & Bit(kind)) != 0;

    private void FindNumber(scoped in FieldValue value, int kinds, ref Candidates candidates)
    {
        if (Has(kinds, PostingKind.Number))
        {
            double number = value.Number + 0.0; // +0.0 turns -0 into 0.
            Find(PostingKind.Number, MemoryMarshal.AsBytes(new ReadOnlySpan<double>(in number)), in value, ref candidates);
        }

        if (Has(kinds, PostingKind.LongNumber) && value.HasManyDigits && !value.Text.IsEmpty)
        {
            Span<byte> key = stackalloc byte[JsonNumber.KeyLength];
            Find(PostingKind.LongNumber, key[..JsonNumber.WriteKey(value.Text, key)], in value, ref candidates);
        }

        if (Volatile.Read(ref _ranges) is { } ranges)
        {
            ranges.Find(in value, ref candidates);
        }
    }

    private void FindText(scoped in FieldValue value, int kinds, ref Candidates candidates)
    {
        ReadOnlySpan<byte> text = value.Text;
        if (Has(kinds, PostingKind.Exact))
        {
            Find(PostingKind.Exact, text, in value, ref candidates);
        }

        if (Has(kinds, PostingKind.Prefix))
        {
            FindBeginning(PostingKind.Prefix, text, in value, ref candidates);
        }

        if (Has(kinds, PostingKind.Suffix))
        {
            FindEnd(PostingKind.Suffix, text, in value, ref candidates);
        }

        if (Has(kinds, PostingKind.WildcardPrefix))
        {
            FindBeginning(PostingKind.WildcardPrefix, text, in value, ref candidates);
        }

        if (Has(kinds, PostingKind.WildcardSuffix))
        {
            FindEnd(PostingKind.WildcardSuffix, text, in value, ref candidates);
        }

        if (Has(kinds, PostingKind.WildcardPiece))
        {
            FindPieces(in value, ref candidates);
        }

        if ((kinds & (Bit(PostingKind.ExactFolded) | Bit(PostingKind.PrefixFolded) | Bit(PostingKind.SuffixFolded))) != 0)
        {
            FindFolded(in value, kinds, ref candidates);
        }

        if (Has(kinds, PostingKind.Network))
        {
            FindNetworks(in value, ref candidates);
        }
    }

    private void FindFolded(scoped in FieldValue value, int kinds, ref Candidates candidates)
    {
        using FoldedText folded = new(value.Text, stackalloc byte[FoldedText.ShortLength]);
        if (Has(kinds, PostingKind.ExactFolded))
        {
            Find(PostingKind.ExactFolded, folded.Text, in value, ref candidates);
        }

        FindBeginning(PostingKind.PrefixFolded, folded.Text, in value, ref candidates);
        FindEnd(PostingKind.SuffixFolded, folded.Text, in value, ref candidates);
    }

    private void FindBeginning(PostingKind kind, scoped ReadOnlySpan<byte> text, scoped in FieldValue value, ref Candidates candidates)
    {
        foreach (int length in _lengths[(int)kind].Lengths)
        {
            if (length > text.Length)
            {
                return;
            }

            Find(kind, text[..length], in value, ref candidates);
        }
    }

    private void FindEnd(PostingKind kind, scoped ReadOnlySpan<byte> text, scoped in FieldValue value, ref Candidates candidates)
    {
        foreach (int length in _lengths[(int)kind].Lengths)
        {
            if (length > text.Length)
            {
                return;
            }

            Find(kind, text[^length..], in value, ref candidates);
        }
    }

    private void FindPieces(scoped in FieldValue value, ref Candidates candidates)
    {
        ReadOnlySpan<byte> text = value.Text;
        MarkSet found = candidates.Pieces;
        found.Clear();
        foreach (int length in _lengths[(int)PostingKind.WildcardPiece].Lengths)
        {
            for (int start = 0; start + length <= text.Length; start++)
            {
                // Once for each value: a piece may come in it again and again, and each time the whole wildcard would be tried.
                if (_values.Find(PostingKind.WildcardPiece, text.Slice(start, length)) is { } posting && found.Add(posting.Number))
                {
                    candidates.TryAll(posting, in value);
                }
            }
        }
    }

    private void FindNetworks(scoped in FieldValue value, ref Candidates candidates)
    {
        Span<byte> key = stackalloc byte[IpAddress.MaxLength + 1];
        Span<byte> address = stackalloc byte[IpAddress.MaxLength];
        int size = IpAddress.Parse(value.Text, address);
        if (size == 0)
        {
            return;
        }

        foreach (int length in _lengths[(int)PostingKind.Network].Lengths)
        {
            if (length >> 8 == size)
            {
                int prefix = length & 0xFF;
                address[..size].CopyTo(key);
                IpAddress.KeepPrefix(key[..size], prefix);
                key[size] = (byte)prefix;
                Find(PostingKind.Network, key[..(size + 1)], in value, ref candidates);
            }
        }
    }

    private void Find(PostingKind kind, scoped ReadOnlySpan<byte> text, scoped in FieldValue value, ref Candidates candidates)
    {
        if (_values.Find(kind, text) is not { } posting)
        {
            return;
        }

        // A wildcard's end proves nothing yet, and numbers with many digits may share a double, or the digits of their key.
        if (kind is PostingKind.Number or PostingKind.LongNumber or PostingKind.WildcardPrefix or PostingKind.WildcardSuffix)
        {
            candidates.TryAll(posting, in value);
        }
        else
        {
            candidates.TryAll(posting, isProven: true);
        }
    }

    // The length of the address in the high byte, of the prefix in the low one.
    private static int NetworkLength(byte[] text) => ((text.Length - 1) << 8) | text[^1];
}
