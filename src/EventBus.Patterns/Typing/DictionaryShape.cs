using System.Text.Json.Serialization.Metadata;
using EventBus.Patterns.Typing.Readers;

namespace EventBus.Patterns.Typing;

/// <summary>A dictionary with strings for keys, which may be any.</summary>
internal sealed class DictionaryShape(JsonTypeInfo contract, ReaderFactory readers, Contracts contracts) : Shape(contract.Type, readers)
{
    // Found when it is first needed: a dictionary may hold dictionaries of its own kind.
    private Shape Value => contracts.Of(contract.ElementType!);

    public override ValueReader? CreateReader(ReadingPlace place)
    {
        if (!Readers.MakesCode)
        {
            return Readers.Serialized(place, contract, converter: null);
        }

        if (place.ChildCount == 0 && !place.IsAskedFor)
        {
            return null;
        }

        ValueReader?[] values = Array.ConvertAll(place.Node.Children(place.ChildCount), child => Value.CreateReader(place.At(child)));
        return Readers.Dictionary(place, Value.Readers, values, contracts.Of(contract.ElementType!, isOpaque: true).CreateReader(place)!);
    }

    public override WrittenKinds? Find(PathSearch path)
    {
        if (path.IsAtEnd)
        {
            return WrittenKinds.None;
        }

        WrittenKinds? found = null;
        for (int count = 1; count <= path.Remaining; count++)
        {
            PathSearch rest = path.Past(count);
            if (rest.FindIn(Value) is { } kinds)
            {
                found = (found ?? WrittenKinds.None) | kinds | (rest.IsAtEnd && Value.CanBeNull ? WrittenKinds.Null : WrittenKinds.None);
            }
        }

        return found;
    }
}
