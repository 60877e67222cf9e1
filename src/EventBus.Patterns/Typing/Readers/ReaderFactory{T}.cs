using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>Makes readers that box nothing.</summary>
internal sealed class ReaderFactory<T> : ReaderFactory
{
    public override bool MakesCode => true;

    public override object? Default => default(T);

    public override bool IsList(ReaderFactory items) => items.IsItemOf<T>();

    public override bool IsDictionary(ReaderFactory values) => values.IsValueOf<T>();

    public override bool IsItemOf<TList>() => typeof(IEnumerable<T>).IsAssignableFrom(typeof(TList));

    public override bool IsValueOf<TDictionary>() => typeof(IEnumerable<KeyValuePair<string, T>>).IsAssignableFrom(typeof(TDictionary));

    public override ValueReader Object(ReadingPlace place, List<(MemberShape Member, ValueReader Reader)> members, bool coversAll) =>
        new ObjectReader<T>(place, [.. members.Select(static found => found.Member.Value.Readers.MemberOf<T>(found.Member, found.Reader))], coversAll);

    public override ValueReader List(ReadingPlace place, ReaderFactory items, ValueReader? item) => items.ListOf<T>(place, item);

    public override ValueReader Dictionary(ReadingPlace place, ReaderFactory values, ValueReader?[] readers, ValueReader dotted) =>
        values.DictionaryOf<T>(place, readers, dotted);

    public override ValueReader Serialized(ReadingPlace place, JsonTypeInfo contract, JsonConverter? converter) =>
        new SerializedReader<T>(place, Writing(contract, converter));

    public override ValueReader EnumText(ReadingPlace place, JsonTypeInfo contract, JsonConverter? converter) =>
        new EnumTextReader<T>(place, Writing(contract, converter));

    public override bool WritesText(JsonTypeInfo contract, JsonConverter? converter)
    {
        Action<Utf8JsonWriter, T> write = Writing(contract, converter);
        return WritesText(contract.Type, (writer, value) => write(writer, (T)value));
    }

    public override ValueReader ListOf<TList>(ReadingPlace place, ValueReader? item) => new ListReader<TList, T>(place, (ValueReader<T>?)item);

    public override ValueReader DictionaryOf<TDictionary>(ReadingPlace place, ValueReader?[] readers, ValueReader dotted) =>
        new DictionaryReader<TDictionary, T>(
            place, Array.ConvertAll(readers, static reader => (ValueReader<T>?)reader), (SerializedReader<T>)dotted);

    public override MemberReader<TOwner> MemberOf<TOwner>(MemberShape member, ValueReader reader) =>
        member.IsWritten is null && Getter<TOwner>(member.Getter) is { } getter
            ? new PropertyReader<TOwner, T>(getter, (ValueReader<T>)reader, member.SkipsDefault)
            : BoxedReaderFactory.Member<TOwner>(member, reader);

    private static Action<Utf8JsonWriter, T> Writing(JsonTypeInfo contract, JsonConverter? converter)
    {
        if (converter is null)
        {
            var typed = (JsonTypeInfo<T>)contract;
            return (writer, value) => JsonSerializer.Serialize(writer, value, typed);
        }

        var own = (JsonConverter<T>)converter;
        JsonSerializerOptions options = contract.Options;
        return (writer, value) =>
        {
            if (value is null && !own.HandleNull)
            {
                writer.WriteNullValue();
            }
            else
            {
                own.Write(writer, value!, options);
            }
        };
    }

    private static Delegate? Getter<TOwner>(MemberInfo? member)
    {
        Type type = typeof(TOwner).IsValueType ? typeof(StructGetter<TOwner, T>) : typeof(Func<TOwner, T>);
        switch (member)
        {
            case MethodInfo method:
                return method.CreateDelegate(type);
            case FieldInfo field when RuntimeFeature.IsDynamicCodeSupported:
                Type owner = typeof(TOwner).IsValueType ? typeof(TOwner).MakeByRefType() : typeof(TOwner);
                DynamicMethod getter = new($"get_{field.Name}", typeof(T), [owner], typeof(TOwner).Module, skipVisibility: true);
                ILGenerator code = getter.GetILGenerator();
                code.Emit(OpCodes.Ldarg_0);
                code.Emit(OpCodes.Ldfld, field);
                code.Emit(OpCodes.Ret);
                return getter.CreateDelegate(type);
            default:
                return null;
        }
    }
}
