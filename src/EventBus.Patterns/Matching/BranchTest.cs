using EventBus.Patterns.Events;

namespace EventBus.Patterns.Matching;

/// <summary>Whether a reading satisfies a branch.</summary>
internal static class BranchTest
{
    /// <summary>The value of <c>proven</c> where no field is known to match.</summary>
    public const int NoneProven = -1;

    /// <summary>Whether a reading satisfies a branch.</summary>
    /// <param name="branch">The branch.</param>
    /// <param name="reading">What was read of the event.</param>
    /// <param name="json">The event's JSON, for the texts that lie in it.</param>
    /// <param name="proven">The field of which a value is already known to match, or <see cref="NoneProven"/>.</param>
    public static bool IsSatisfied(BoundBranch branch, EventReading reading, ReadOnlySpan<byte> json, int proven)
    {
        BoundField[] fields = branch.Fields;
        int inArrays = 0;
        for (int i = 0; i < fields.Length; i++)
        {
            ref readonly BoundField field = ref fields[i];
            int value = reading.FirstOf(field.Node.Field);
            if (value == 0)
            {
                if (!field.Condition.AcceptsAbsence)
                {
                    return false;
                }

                continue;
            }

            ref FieldEntry entry = ref reading.Entry(value);
            if (entry.Next != 0 || entry.Element != 0)
            {
                inArrays++;
            }
            else if (i != proven && field.Condition.Test?.Matches(reading.Value(value, json)) != true)
            {
                return false;
            }
        }

        return inArrays == 0 || IsSatisfiedInArrays(branch, reading, json, proven, inArrays);
    }

    private static bool IsSatisfiedInArrays(BoundBranch branch, EventReading reading, ReadOnlySpan<byte> json, int proven, int inArrays)
    {
        // A single field has no other to agree with. Absence alone is left to the elements: it holds in none of them.
        if (inArrays > 1)
        {
            return ElementJudge.IsSatisfied(branch, reading, json);
        }

        for (int i = 0; i < branch.Fields.Length; i++)
        {
            int value = reading.FirstOf(branch.Fields[i].Node.Field);
            if (value != 0 && i != proven && IsInArray(ref reading.Entry(value)))
            {
                return branch.Fields[i].Condition.Test is { } test && AnyMatches(test, reading, json, value);
            }
        }

        return true;
    }

    private static bool IsInArray(ref FieldEntry entry) => entry.Next != 0 || entry.Element != 0;

    private static bool AnyMatches(Conditions.Condition test, EventReading reading, ReadOnlySpan<byte> json, int value)
    {
        for (; value != 0; value = reading.Entry(value).Next)
        {
            if (test.Matches(reading.Value(value, json)))
            {
                return true;
            }
        }

        return false;
    }
}
