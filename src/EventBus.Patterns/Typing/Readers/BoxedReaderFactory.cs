using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>Makes readers that take every value as an object: for programs compiled ahead of time, where there is code only for types known by then.</summary>
internal sealed class BoxedReaderFactory : ReaderFactory
{
    public override bool MakesCode => false;

    public override object? Default => null;

    public static MemberReader<TOwner> Member<TOwner>(MemberShape member, ValueReader reader) =>
        new BoxedPropertyReader<TOwner>(member.Get, member.IsWritten, member.SkipsDefault, reader);

    public override bool IsList(ReaderFactory items) => true;

    public override bool IsDictionary(ReaderFactory values) => true;

    public override bool IsItemOf<TList>() => true;

    public override bool IsValueOf<TDictionary>() => true;

    public override ValueReader Object(ReadingPlace place, List<(MemberShape Member, ValueReader Reader)> members, bool coversAll) =>
        new ObjectReader<object>(place, [.. members.Select(static found => Member<object>(found.Member, found.Reader))], coversAll);

    public override ValueReader List(ReadingPlace place, ReaderFactory items, ValueReader? item) => new BoxedListReader(place, item);

    public override ValueReader Serialized(ReadingPlace place, JsonTypeInfo contract, JsonConverter? converter) =>
        new SerializedReader<object>(place, (writer, value) => Write(writer, value, contract));

    public override bool WritesText(JsonTypeInfo contract, JsonConverter? converter) =>
        WritesText(contract.Type, (writer, value) => JsonSerializer.Serialize(writer, value, contract));

    public override ValueReader EnumText(ReadingPlace place, JsonTypeInfo contract, JsonConverter? converter) =>
        Serialized(place, contract, converter);

    public override ValueReader Dictionary(ReadingPlace place, ReaderFactory values, ValueReader?[] readers, ValueReader dotted) =>
        throw new NotSupportedException("Where no code can be made, dictionaries are read by way of their JSON.");

    public override ValueReader ListOf<TList>(ReadingPlace place, ValueReader? item) => List(place, this, item);

    public override ValueReader DictionaryOf<TDictionary>(ReadingPlace place, ValueReader?[] readers, ValueReader dotted) =>
        Dictionary(place, this, readers, dotted);

    public override MemberReader<TOwner> MemberOf<TOwner>(MemberShape member, ValueReader reader) => Member<TOwner>(member, reader);

    private static void Write(Utf8JsonWriter writer, object? value, JsonTypeInfo contract)
    {
        // A nullable value comes with the contract of what it holds.
        if (value is null && contract.Type.IsValueType)
        {
            writer.WriteNullValue();
        }
        else
        {
            JsonSerializer.Serialize(writer, value, contract);
        }
    }
}
