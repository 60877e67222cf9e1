using EventBus.Patterns.Events;

namespace EventBus.Patterns.Conditions;

/// <summary>A test on one scalar. Immutable; <see cref="object.ToString"/> gives the alternative as a pattern writes it.</summary>
internal abstract class Condition
{
    public abstract bool Matches(in FieldValue value);

    public abstract override string ToString();
}
