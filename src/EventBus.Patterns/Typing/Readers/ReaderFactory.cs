using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>Makes readers for one type.</summary>
internal abstract class ReaderFactory
{
    private static readonly BoxedReaderFactory Boxed = new();

    /// <summary>Whether the readers are made for the type's own code, so that nothing is boxed.</summary>
    public abstract bool MakesCode { get; }

    /// <summary>The type's default value.</summary>
    public abstract object? Default { get; }

    public static ReaderFactory Of(Type type, bool makesCode) => makesCode && RuntimeFeature.IsDynamicCodeSupported
        ? (ReaderFactory)Activator.CreateInstance(typeof(ReaderFactory<>).MakeGenericType(type))!
        : Boxed;

    /// <summary>Whether the type is a collection whose items can be gone through.</summary>
    /// <param name="items">Makes readers for the items' type.</param>
    public abstract bool IsList(ReaderFactory items);

    /// <summary>Whether the type is a dictionary from strings whose entries can be gone through.</summary>
    /// <param name="values">Makes readers for the values' type.</param>
    public abstract bool IsDictionary(ReaderFactory values);

    /// <summary>Whether a type is a collection with items of this factory's type.</summary>
    public abstract bool IsItemOf<TList>();

    /// <summary>Whether a type is a dictionary from strings to this factory's type.</summary>
    public abstract bool IsValueOf<TDictionary>();

    public abstract ValueReader Object(ReadingPlace place, List<(MemberShape Member, ValueReader Reader)> members, bool coversAll);

    public abstract ValueReader List(ReadingPlace place, ReaderFactory items, ValueReader? item);

    public abstract ValueReader Dictionary(ReadingPlace place, ReaderFactory values, ValueReader?[] readers, ValueReader dotted);

    public abstract ValueReader Serialized(ReadingPlace place, JsonTypeInfo contract, JsonConverter? converter);

    public abstract ValueReader EnumText(ReadingPlace place, JsonTypeInfo contract, JsonConverter? converter);

    /// <summary>Whether an enum's values are written as strings.</summary>
    public abstract bool WritesText(JsonTypeInfo contract, JsonConverter? converter);

    /// <summary>A reader of a collection with items of this factory's type.</summary>
    public abstract ValueReader ListOf<TList>(ReadingPlace place, ValueReader? item);

    /// <summary>A reader of a dictionary with values of this factory's type.</summary>
    public abstract ValueReader DictionaryOf<TDictionary>(ReadingPlace place, ValueReader?[] readers, ValueReader dotted);

    /// <summary>A reader of a property of this factory's type.</summary>
    public abstract MemberReader<TOwner> MemberOf<TOwner>(MemberShape member, ValueReader reader);

    protected static bool WritesText(Type type, Action<Utf8JsonWriter, object> write)
    {
        foreach (object number in Enum.GetValuesAsUnderlyingType(type))
        {
            using var scratch = JsonScratch.Rent();
            write(scratch.Writer, Enum.ToObject(type, number));
            return scratch.Flush()[0] == '"';
        }

        return false;
    }
}
