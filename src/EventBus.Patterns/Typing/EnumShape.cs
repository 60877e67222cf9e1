using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using EventBus.Patterns.Typing.Readers;

namespace EventBus.Patterns.Typing;

/// <summary>An enum, written as numbers or as names.</summary>
/// <param name="contract">The enum's contract.</param>
/// <param name="readers">Makes readers for the enum.</param>
/// <param name="converter">Writes the values instead of the contract's own converter; or null.</param>
internal sealed class EnumShape(JsonTypeInfo contract, ReaderFactory readers, JsonConverter? converter) : Shape(contract.Type, readers)
{
    private readonly bool _isText = readers.WritesText(contract, converter);

    // A value that has no name is written as its number.
    private WrittenKinds Kinds => _isText ? WrittenKinds.String | WrittenKinds.Number : WrittenKinds.Number;

    public override ValueReader? CreateReader(ReadingPlace place)
    {
        if (!place.IsAskedFor)
        {
            return null;
        }

        if (_isText)
        {
            return Readers.EnumText(place, contract, converter);
        }

        if (Readers.MakesCode && RuntimeFeature.IsDynamicCodeSupported)
        {
            Type number = Type.GetEnumUnderlyingType();
            ValueReader reader = ScalarShape.Of(number, Readers)!.CreateReader(place)!;
            return (ValueReader)Activator.CreateInstance(typeof(EnumNumberReader<,>).MakeGenericType(Type, number), place, reader)!;
        }

        return Readers.Serialized(place, contract, converter);
    }

    public override WrittenKinds? Find(PathSearch path) => path.IsAtEnd ? Kinds : path.Fail(this);
}
