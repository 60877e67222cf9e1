namespace EventBus.Patterns.Matching;

/// <summary>A set of small numbers that is quickly emptied: bits, and a list of those that are set.</summary>
internal sealed class MarkSet
{
    private ulong[] _bits = new ulong[4];
    private int[] _marked = new int[16];
    private int _count;

    /// <summary>Adds a number.</summary>
    /// <returns>Whether it was missing.</returns>
    public bool Add(int number)
    {
        int word = number >> 6;
        if (word >= _bits.Length)
        {
            Array.Resize(ref _bits, Math.Max(word + 1, _bits.Length * 2));
        }

        ulong bit = 1UL << number;
        if ((_bits[word] & bit) != 0)
        {
            return false;
        }

        _bits[word] |= bit;
        if (_count == _marked.Length)
        {
            Array.Resize(ref _marked, _count * 2);
        }

        _marked[_count++] = number;
        return true;
    }

    public void Clear()
    {
        for (int i = 0; i < _count; i++)
        {
            _bits[_marked[i] >> 6] = 0;
        }

        _count = 0;
    }
}
