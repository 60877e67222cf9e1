using EventBus.Patterns.Typing.Readers;

namespace EventBus.Patterns.Typing;

/// <summary>What System.Text.Json makes of a type's values. Immutable.</summary>
/// <param name="type">The type.</param>
/// <param name="readers">Makes readers for the type.</param>
internal abstract class Shape(Type type, ReaderFactory readers)
{
    public Type Type { get; } = type;

    public ReaderFactory Readers { get; } = readers;

    public bool CanBeNull { get; } = !type.IsValueType || Nullable.GetUnderlyingType(type) is not null;

    /// <summary>A reader for a place in the tree of fields, or null where no value of the type holds anything that is asked for.</summary>
    public abstract ValueReader? CreateReader(ReadingPlace place);

    /// <summary>The kinds of scalar, other than null in place of the whole value, that stand at the end of a path.</summary>
    /// <param name="path">The names still to go.</param>
    /// <returns>The kinds, or null where there is no such path.</returns>
    public abstract WrittenKinds? Find(PathSearch path);
}
