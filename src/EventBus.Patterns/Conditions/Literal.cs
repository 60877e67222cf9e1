using EventBus.Patterns.Events;

namespace EventBus.Patterns.Conditions;

/// <summary>One of JSON's literals: true, false or null.</summary>
internal sealed class Literal : Condition
{
    public static readonly Literal True = new(ValueKind.True, "true");
    public static readonly Literal False = new(ValueKind.False, "false");
    public static readonly Literal Null = new(ValueKind.Null, "null");

    private readonly string _written;

    private Literal(ValueKind kind, string written)
    {
        Kind = kind;
        _written = written;
    }

    public ValueKind Kind { get; }

    public override bool Matches(in FieldValue value) => value.Kind == Kind;

    public override string ToString() => _written;
}
