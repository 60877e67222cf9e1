using EventBus.Patterns.Events;

namespace EventBus.Patterns.Conditions;

/// <summary>Any scalar, null included.</summary>
internal sealed class Exists : Condition
{
    public static readonly Exists True = new();

    private Exists()
    {
    }

    public override bool Matches(in FieldValue value) => value.Kind != ValueKind.None;

    public override string ToString() => """{"exists":true}""";
}
