using System.Diagnostics;

namespace EventBus.Patterns.Parsing;

/// <summary>The branches of a pattern while it is read. A field goes into all of them; <c>$or</c> multiplies them.</summary>
internal sealed class BranchList
{
    /// <summary>How many fields one branch may test.</summary>
    public const int MostFields = 256;

    /// <summary>How many branches the alternatives of <c>$or</c> may multiply to.</summary>
    public const int MostBranches = 1000;

    // Each sorted by path.
    private readonly List<List<FieldCondition>> _branches;

    public BranchList() => _branches = [[]];

    private BranchList(List<List<FieldCondition>> branches) => _branches = branches;

    public int Count => _branches.Count;

    /// <summary>Puts a field into every branch, in place of what a branch has for it already.</summary>
    public PutOutcome Put(FieldCondition field, bool mayReplace)
    {
        foreach (List<FieldCondition> branch in _branches)
        {
            int at = IndexOf(branch, field.Path);
            if (at < 0)
            {
                if (branch.Count == MostFields)
                {
                    return PutOutcome.TooMany;
                }

                branch.Insert(~at, field);
            }
            else if (mayReplace)
            {
                branch[at] = field;
            }
            else
            {
                return PutOutcome.GivenBefore;
            }
        }

        return PutOutcome.Put;
    }

    public BranchList Copy() => new(_branches.ConvertAll(static branch => new List<FieldCondition>(branch)));

    /// <summary>Takes the branches of an alternative.</summary>
    public void Take(BranchList alternative) => _branches.AddRange(alternative._branches);

    public void Clear() => _branches.Clear();

    public Branch[] ToArray(bool judgesAbsenceInOrder)
    {
        var branches = new Branch[_branches.Count];
        for (int i = 0; i < branches.Length; i++)
        {
            Debug.Assert(_branches[i].Count > 0, "An object without fields is refused.");
            branches[i] = new Branch([.. _branches[i]], judgesAbsenceInOrder);
        }

        return branches;
    }

    /// <summary>Where a field stands, or the complement of where it would have to stand.</summary>
    private static int IndexOf(List<FieldCondition> branch, FieldPath path)
    {
        int low = 0;
        int high = branch.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = string.CompareOrdinal(path.Name, branch[middle].Path.Name);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (low, middle - 1) : (middle + 1, high);
        }

        return ~low;
    }
}
