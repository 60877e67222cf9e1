namespace EventBus.Patterns.Typing;

/// <summary>The kinds of scalar that may be written for a property.</summary>
[Flags]
internal enum WrittenKinds : byte
{
    None = 0,
    String = 1,
    Number = 2,
    Boolean = 4,
    Null = 8,
    Any = String | Number | Boolean | Null,
}
