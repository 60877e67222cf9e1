using EventBus.Patterns.Events;
using EventBus.Patterns.Fields;
using EventBus.Patterns.Parsing;

namespace EventBus.Patterns.Matching;

/// <summary>One pattern made ready to match on its own.</summary>
internal sealed class PatternMatcher
{
    private readonly FieldTree _tree = new(version: 0);
    private readonly BoundBranch[] _branches;

    public PatternMatcher(Branch[] branches) =>
        _branches = Array.ConvertAll(branches, branch => BoundBranch.Bind(branch, _tree, rule: null, number: 0));

    public FieldTree Tree => _tree;

    public ReadOnlySpan<BoundBranch> Branches => _branches;

    public bool IsMatch(ReadOnlySpan<byte> utf8Json)
    {
        var reading = EventReading.Rent(_tree.FieldCount);
        try
        {
            JsonEventReader.Read(utf8Json, _tree.Root, _tree.FieldCount, reading);
            return IsMatch(reading, utf8Json);
        }
        finally
        {
            reading.Return();
        }
    }

    public bool IsMatch(EventReading reading, ReadOnlySpan<byte> utf8Json)
    {
        foreach (BoundBranch branch in _branches)
        {
            if (BranchTest.IsSatisfied(branch, reading, utf8Json, BranchTest.NoneProven))
            {
                return true;
            }
        }

        return false;
    }
}
