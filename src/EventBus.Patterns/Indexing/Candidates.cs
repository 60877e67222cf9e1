using EventBus.Patterns.Events;
using EventBus.Patterns.Matching;

namespace EventBus.Patterns.Indexing;

/// <summary>Tries the branches that an index finds for one event, and keeps the rules of those that are satisfied.</summary>
internal ref struct Candidates(EventReading reading, ReadOnlySpan<byte> json, int version)
{
    private readonly EventReading _reading = reading;
    private readonly ReadOnlySpan<byte> _json = json;
    private readonly int _version = version;

    /// <summary>True while the values of a field with several are looked up: then a branch may be found more than once.</summary>
    public bool MayRepeat { get; set; }

    /// <inheritdoc cref="MatchMemory.Pieces"/>
    public readonly MarkSet Pieces => _reading.Memory.Pieces;

    /// <summary>Tries all branches of a list.</summary>
    /// <param name="list">The list.</param>
    /// <param name="isProven">Whether a value of the field by which they were found is known to satisfy them.</param>
    public readonly void TryAll(BranchList list, bool isProven)
    {
        if (list.First is { } first)
        {
            Try(first, isProven);
        }

        foreach (BoundBranch? branch in list.Others)
        {
            if (branch is null)
            {
                return;
            }

            Try(branch, isProven);
        }
    }

    /// <summary>Tries all branches of a list, which were found by a value that may satisfy them.</summary>
    public readonly void TryAll(BranchList list, scoped in FieldValue value)
    {
        if (list.First is { } first)
        {
            Try(first, in value);
        }

        foreach (BoundBranch? branch in list.Others)
        {
            if (branch is null)
            {
                return;
            }

            Try(branch, in value);
        }
    }

    /// <summary>Tries a branch that was found by a value which may satisfy it.</summary>
    public readonly void Try(BoundBranch branch, scoped in FieldValue value)
    {
        // The value at hand decides at once, and for most branches that is all.
        ref readonly BoundField field = ref branch.Fields[branch.Access];
        if (field.Condition.Test!.Matches(in value))
        {
            Try(branch, isProven: true);
        }
    }

    private readonly void Try(BoundBranch branch, bool isProven)
    {
        if (branch.IsSingle && isProven)
        {
            Keep(branch.Rule!);
        }
        else if (!(MayRepeat && !_reading.Memory.TryMarkBranch(branch.Number))
            && BranchTest.IsSatisfied(branch, _reading, _json, isProven ? branch.Access : BranchTest.NoneProven))
        {
            Keep(branch.Rule!);
        }
    }

    // The version last: most branches that are tried fail before, and need not fetch their rule.
    private readonly void Keep(Rule rule)
    {
        if (rule.Version <= _version)
        {
            _reading.Memory.Add(rule);
        }
    }
}
