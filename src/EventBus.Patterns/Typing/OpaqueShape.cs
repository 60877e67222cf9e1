using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using EventBus.Patterns.Typing.Readers;

namespace EventBus.Patterns.Typing;

/// <summary>A value whose JSON only System.Text.Json knows: it may hold anything.</summary>
/// <param name="contract">The type's contract.</param>
/// <param name="readers">Makes readers for the type.</param>
/// <param name="converter">Writes the value instead of the contract's own converter; or null.</param>
internal sealed class OpaqueShape(JsonTypeInfo contract, ReaderFactory readers, JsonConverter? converter) : Shape(contract.Type, readers)
{
    // A place without a name below it, that no rule asks for, is not in the tree.
    public override ValueReader CreateReader(ReadingPlace place) => Readers.Serialized(place, contract, converter);

    public override WrittenKinds? Find(PathSearch path) => WrittenKinds.Any;
}
