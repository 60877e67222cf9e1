using EventBus.Patterns.Events;

namespace EventBus.Patterns.Conditions;

/// <summary>The alternatives of one field: any of them will do.</summary>
internal sealed class AnyOf(Condition[] alternatives) : Condition
{
    public Condition[] Alternatives { get; } = alternatives;

    public override bool Matches(in FieldValue value)
    {
        foreach (Condition alternative in Alternatives)
        {
            if (alternative.Matches(in value))
            {
                return true;
            }
        }

        return false;
    }

    public override string ToString() => string.Join(",", Alternatives.Select(static alternative => alternative.ToString()));
}
