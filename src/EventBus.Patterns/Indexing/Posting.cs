using System.Buffers.Binary;

namespace EventBus.Patterns.Indexing;

/// <summary>The branches that one value of a field may satisfy.</summary>
internal sealed class Posting : BranchList
{
    private const int HeadLength = 2 * sizeof(ulong);

    private readonly ulong _first;
    private readonly ulong _second;
    private readonly int _length;
    private readonly byte[] _text;

    public Posting(PostingKind kind, byte[] text, int number)
    {
        Kind = kind;
        Number = number;
        _text = text;
        _length = text.Length;
        Span<byte> head = stackalloc byte[HeadLength];
        head.Clear();
        text.AsSpan(0, Math.Min(HeadLength, text.Length)).CopyTo(head);
        _first = BinaryPrimitives.ReadUInt64LittleEndian(head);
        _second = BinaryPrimitives.ReadUInt64LittleEndian(head[sizeof(ulong)..]);
    }

    public PostingKind Kind { get; }

    /// <summary>A number of its own among the postings of one field.</summary>
    public int Number { get; }

    /// <summary>Whether this is the posting of a text. A short text is compared without fetching the array that holds it.</summary>
    public bool Is(PostingKind kind, ReadOnlySpan<byte> text)
    {
        if (kind != Kind || text.Length != _length)
        {
            return false;
        }

        if (_length < sizeof(ulong))
        {
            return text.SequenceEqual(_text);
        }

        if (BinaryPrimitives.ReadUInt64LittleEndian(text) != _first)
        {
            return false;
        }

        if (_length > HeadLength)
        {
            return text[sizeof(ulong)..].SequenceEqual(_text.AsSpan(sizeof(ulong)));
        }

        // The last eight bytes overlap the first where the text is shorter than sixteen: shifted, they are the second half of the head.
        int missing = HeadLength - _length;
        return missing == sizeof(ulong) || BinaryPrimitives.ReadUInt64LittleEndian(text[^sizeof(ulong)..]) >> (missing * 8) == _second;
    }
}
