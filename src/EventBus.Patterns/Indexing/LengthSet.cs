namespace EventBus.Patterns.Indexing;

/// <summary>The lengths that postings of one kind have, ascending. One writer; readers take the array as it stands.</summary>
internal sealed class LengthSet
{
    private int[] _lengths = [];

    public int[] Lengths => Volatile.Read(ref _lengths);

    public void Add(int length)
    {
        int at = Array.BinarySearch(_lengths, length);
        if (at < 0)
        {
            Volatile.Write(ref _lengths, [.. _lengths.AsSpan(0, ~at), length, .. _lengths.AsSpan(~at)]);
        }
    }
}
