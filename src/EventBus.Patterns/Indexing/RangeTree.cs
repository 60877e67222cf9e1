using EventBus.Patterns.Events;
using EventBus.Patterns.Matching;

namespace EventBus.Patterns.Indexing;

/// <summary>
/// Ranges of numbers, and which of them hold a number: a B-tree over the lower bounds in which each entry knows the highest
/// upper bound below it. A node is never changed, so that readers keep the tree they began with.
/// </summary>
/// <remarks>B-tree: Bayer and McCreight 1972; interval tree: Cormen et al., "Introduction to algorithms", chapter 14.</remarks>
internal sealed class RangeTree
{
    /// <summary>Wide enough that a hundred thousand ranges are three or four nodes deep: each is a trip to memory.</summary>
    private const int MostEntries = 32;

    private readonly Bounds[] _bounds;

    // Branches in a leaf, nodes elsewhere: one of the two is null.
    private readonly BoundBranch[]? _branches;
    private readonly RangeTree[]? _children;

    private RangeTree(Bounds[] bounds, BoundBranch[]? branches, RangeTree[]? children)
    {
        _bounds = bounds;
        _branches = branches;
        _children = children;
    }

    private Bounds Whole
    {
        get
        {
            double high = double.NegativeInfinity;
            foreach (Bounds bounds in _bounds)
            {
                high = Math.Max(high, bounds.High);
            }

            return new Bounds(_bounds[0].Low, high);
        }
    }

    /// <summary>The tree with one range more.</summary>
    public static RangeTree Add(RangeTree? tree, double low, double high, BoundBranch branch)
    {
        if (tree is null)
        {
            return new RangeTree([new Bounds(low, high)], [branch], null);
        }

        (RangeTree left, RangeTree? right) = tree.Add(new Bounds(low, high), branch);
        return right is null ? left : new RangeTree([left.Whole, right.Whole], null, [left, right]);
    }

    /// <summary>Tries the branch of each range that holds a number.</summary>
    public void Find(scoped in FieldValue value, ref Candidates candidates)
    {
        double number = value.Number;
        for (int i = 0; i < _bounds.Length; i++)
        {
            ref readonly Bounds bounds = ref _bounds[i];
            if (bounds.Low > number)
            {
                return;
            }

            if (bounds.High < number)
            {
                continue;
            }

            if (_children is not null)
            {
                _children[i].Find(in value, ref candidates);
            }
            else
            {
                candidates.Try(_branches![i], in value);
            }
        }
    }

    private (RangeTree Left, RangeTree? Right) Add(Bounds added, BoundBranch branch)
    {
        int at = 0;
        while (at < _bounds.Length && _bounds[at].Low <= added.Low)
        {
            at++;
        }

        if (_children is null)
        {
            return Split([.. _bounds[..at], added, .. _bounds[at..]], [.. _branches![..at], branch, .. _branches[at..]], null);
        }

        int child = Math.Max(0, at - 1);
        (RangeTree left, RangeTree? right) = _children[child].Add(added, branch);
        return right is null
            ? Split([.. _bounds[..child], left.Whole, .. _bounds[(child + 1)..]], null, [.. _children[..child], left, .. _children[(child + 1)..]])
            : Split(
                [.. _bounds[..child], left.Whole, right.Whole, .. _bounds[(child + 1)..]],
                null,
                [.. _children[..child], left, right, .. _children[(child + 1)..]]);
    }

    private static (RangeTree Left, RangeTree? Right) Split(Bounds[] bounds, BoundBranch[]? branches, RangeTree[]? children)
    {
        if (bounds.Length <= MostEntries)
        {
            return (new RangeTree(bounds, branches, children), null);
        }

        int middle = bounds.Length / 2;
        return (
            new RangeTree(bounds[..middle], branches?[..middle], children?[..middle]),
            new RangeTree(bounds[middle..], branches?[middle..], children?[middle..]));
    }

    private readonly record struct Bounds(double Low, double High);
}
