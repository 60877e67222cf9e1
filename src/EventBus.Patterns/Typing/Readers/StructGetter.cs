namespace EventBus.Patterns.Typing.Readers;

/// <summary>A getter of a struct, which takes the struct by reference.</summary>
internal delegate TValue StructGetter<TOwner, out TValue>(ref TOwner owner);
