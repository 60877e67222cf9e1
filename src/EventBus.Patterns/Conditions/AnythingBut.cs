using EventBus.Patterns.Events;

namespace EventBus.Patterns.Conditions;

/// <summary>A value that is none of the excluded; a value of another kind than theirs is none of them.</summary>
/// <param name="excluded">What must not match.</param>
/// <param name="written">The condition as the pattern writes it.</param>
internal sealed class AnythingBut(Condition[] excluded, string written) : Condition
{
    // Most often one string is excluded, and it is compared at once.
    private readonly byte[]? _onlyString = excluded is [ExactString only] ? only.Value : null;

    // A list of plain strings may be long; then it is looked up rather than gone through.
    private readonly StringSet? _strings = StringSet.Of(excluded);

    public Condition[] Excluded { get; } = excluded;

    public override bool Matches(in FieldValue value)
    {
        if (_onlyString is not null)
        {
            return value.Kind == ValueKind.String ? !value.Text.SequenceEqual(_onlyString) : value.Kind != ValueKind.None;
        }

        if (_strings is not null)
        {
            return value.Kind != ValueKind.None && !(value.Kind == ValueKind.String && _strings.Contains(value.Text));
        }

        foreach (Condition condition in Excluded)
        {
            if (condition.Matches(in value))
            {
                return false;
            }
        }

        return value.Kind != ValueKind.None;
    }

    public override string ToString() => written;
}
