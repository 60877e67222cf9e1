namespace EventBus.Patterns.Conditions;

/// <summary>Strings in UTF-8, sorted, to be looked up in logarithmic time.</summary>
internal sealed class StringSet
{
    private const int FewestWorthSorting = 8;

    private readonly byte[][] _sorted;

    private StringSet(byte[][] sorted) => _sorted = sorted;

    /// <summary>The set, or null where the conditions are few or are not all plain strings.</summary>
    public static StringSet? Of(Condition[] conditions)
    {
        if (conditions.Length < FewestWorthSorting || !Array.TrueForAll(conditions, static condition => condition is ExactString))
        {
            return null;
        }

        byte[][] sorted = Array.ConvertAll(conditions, static condition => ((ExactString)condition).Value);
        Array.Sort(sorted, static (left, right) => left.AsSpan().SequenceCompareTo(right));
        return new StringSet(sorted);
    }

    public bool Contains(ReadOnlySpan<byte> text)
    {
        int low = 0;
        int high = _sorted.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = text.SequenceCompareTo(_sorted[middle]);
            if (order == 0)
            {
                return true;
            }

            (low, high) = order < 0 ? (low, middle - 1) : (middle + 1, high);
        }

        return false;
    }
}
