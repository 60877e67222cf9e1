namespace EventBus.Patterns.Events;

/// <summary>What kind of scalar a field holds.</summary>
internal enum ValueKind : byte
{
    None,
    String,
    Number,
    True,
    False,
    Null,
}
