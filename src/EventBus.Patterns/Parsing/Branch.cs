namespace EventBus.Patterns.Parsing;

/// <summary>A conjunction of fields. A pattern is one branch, or with <c>$or</c> several: it matches when any of them does.</summary>
/// <param name="fields">At least one; each path once; sorted by path in ordinal order.</param>
/// <param name="judgesAbsenceInOrder">
/// True when the absence of a field is judged on the array elements chosen by the fields sorted before it alone
/// (<see cref="PatternProfile.EventBridge"/>), false when on those chosen by all fields.
/// </param>
internal sealed class Branch(FieldCondition[] fields, bool judgesAbsenceInOrder)
{
    public FieldCondition[] Fields { get; } = fields;

    public bool JudgesAbsenceInOrder { get; } = judgesAbsenceInOrder;
}
