using EventBus.Patterns.Matching;

namespace EventBus.Patterns.Indexing;

/// <summary>Branches in the order of adding. One writer at a time; readers see a branch once it is wholly there.</summary>
/// <remarks>Most lists hold one branch, and that one stands for itself.</remarks>
internal class BranchList
{
    private BoundBranch? _first;
    private BoundBranch?[]? _others;

    public int Count { get; private set; }

    /// <summary>The branch that most lists consist of.</summary>
    public BoundBranch? First => Volatile.Read(ref _first);

    /// <summary>The branches behind the first one; ends at the first null.</summary>
    public ReadOnlySpan<BoundBranch?> Others => Volatile.Read(ref _others);

    public void Add(BoundBranch branch)
    {
        int others = Count++ - 1;
        if (others < 0)
        {
            Volatile.Write(ref _first, branch);
            return;
        }

        if (_others is null || others == _others.Length)
        {
            var larger = new BoundBranch?[Math.Max(2, others * 2)];
            _others?.CopyTo(larger, 0);
            larger[others] = branch;
            Volatile.Write(ref _others, larger);
        }
        else
        {
            Volatile.Write(ref _others[others], branch);
        }
    }
}
