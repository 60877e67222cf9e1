using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using EventBus.Patterns.Typing.Readers;

namespace EventBus.Patterns.Typing;

/// <summary>A value type's value, or null.</summary>
internal sealed class NullableShape(Type type, ReaderFactory readers, Shape value) : Shape(type, readers)
{
    public override ValueReader? CreateReader(ReadingPlace place)
    {
        // Boxed, it is the value itself or null.
        ValueReader? reader = value.CreateReader(place);
        return reader is not null && Readers.MakesCode && RuntimeFeature.IsDynamicCodeSupported ? Wrap(place, reader) : reader;
    }

    public override WrittenKinds? Find(PathSearch path) => value.Find(path);

    [RequiresDynamicCode("Makes code for the type.")]
    [UnconditionalSuppressMessage("Trimming", "IL2076", Justification = "The constraint asks for a constructor, but none of the value's is ever called.")]
    private ValueReader Wrap(ReadingPlace place, ValueReader reader) =>
        (ValueReader)Activator.CreateInstance(typeof(NullableReader<>).MakeGenericType(value.Type), place, reader)!;
}
