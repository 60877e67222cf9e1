using EventBus.Patterns.Typing.Readers;

namespace EventBus.Patterns.Typing;

/// <summary>A collection, whose items stand at the collection's own place.</summary>
internal sealed class ListShape(Type type, ReaderFactory readers, Shape item) : Shape(type, readers)
{
    public override ValueReader? CreateReader(ReadingPlace place)
    {
        ValueReader? reader = item.CreateReader(place);
        return reader is null && !place.IsAskedFor ? null : Readers.List(place, item.Readers, reader);
    }

    public override WrittenKinds? Find(PathSearch path)
    {
        WrittenKinds? found = item.Find(path);
        return found is not null && path.IsAtEnd && item.CanBeNull ? found | WrittenKinds.Null : found;
    }
}
