namespace EventBus.Patterns.Matching;

/// <summary>Working memory of one match: the rules found, and marks on what needs no second look.</summary>
internal sealed class MatchMemory
{
    private readonly MarkSet _keys = new();
    private readonly MarkSet _branches = new();
    private Rule[] _matched = new Rule[8];
    private int _count;

    /// <summary>How much memory it keeps. The marks on rules are left out: a bit for each rule of a set.</summary>
    public long Bytes => ((long)_matched.Length * nint.Size) + Elements.Bytes;

    public ReadOnlySpan<Rule> Matches => _matched.AsSpan(0, _count);

    /// <summary>The marks that the judging of array elements works with.</summary>
    public ElementMarks Elements { get; } = new();

    /// <summary>The pieces of text that were found in the value at hand.</summary>
    public MarkSet Pieces { get; } = new();

    /// <summary>Whether the branch was not tried before; from now on it is.</summary>
    public bool TryMarkBranch(int branch) => _branches.Add(branch);

    /// <summary>Keeps a rule unless one of the same key was found before.</summary>
    public void Add(Rule rule)
    {
        if (!_keys.Add(rule.KeyNumber))
        {
            return;
        }

        if (_count == _matched.Length)
        {
            Array.Resize(ref _matched, _count * 2);
        }

        _matched[_count++] = rule;
    }

    /// <summary>Forgets all, so that no rule is kept alive from here.</summary>
    public void Clear()
    {
        _keys.Clear();
        _branches.Clear();
        Pieces.Clear();
        Array.Clear(_matched, 0, _count);
        _count = 0;
    }
}
