using EventBus.Patterns.Typing.Readers;

namespace EventBus.Patterns.Typing;

/// <summary>A value that is always written as one scalar.</summary>
internal sealed class ScalarShape(Type type, ReaderFactory readers, WrittenKinds kinds, Func<ReadingPlace, ValueReader> create)
    : Shape(type, readers)
{
    private static readonly Dictionary<Type, (WrittenKinds Kinds, Func<ReadingPlace, ValueReader> Create)> Known = new()
    {
        [typeof(string)] = (WrittenKinds.String, static place => new ScalarReader<string, Texts>(place)),
        [typeof(char)] = (WrittenKinds.String, static place => new ScalarReader<char, Texts>(place)),
        [typeof(Uri)] = (WrittenKinds.String, static place => new ScalarReader<Uri, Texts>(place)),
        [typeof(Guid)] = (WrittenKinds.String, static place => new ScalarReader<Guid, Texts>(place)),
        [typeof(bool)] = (WrittenKinds.Boolean, static place => new ScalarReader<bool, Texts>(place)),
        [typeof(byte)] = (WrittenKinds.Number, static place => new ScalarReader<byte, Numbers>(place)),
        [typeof(sbyte)] = (WrittenKinds.Number, static place => new ScalarReader<sbyte, Numbers>(place)),
        [typeof(short)] = (WrittenKinds.Number, static place => new ScalarReader<short, Numbers>(place)),
        [typeof(ushort)] = (WrittenKinds.Number, static place => new ScalarReader<ushort, Numbers>(place)),
        [typeof(int)] = (WrittenKinds.Number, static place => new ScalarReader<int, Numbers>(place)),
        [typeof(uint)] = (WrittenKinds.Number, static place => new ScalarReader<uint, Numbers>(place)),
        [typeof(long)] = (WrittenKinds.Number, static place => new ScalarReader<long, Numbers>(place)),
        [typeof(ulong)] = (WrittenKinds.Number, static place => new ScalarReader<ulong, Numbers>(place)),
        [typeof(float)] = (WrittenKinds.Number, static place => new ScalarReader<float, Numbers>(place)),
        [typeof(double)] = (WrittenKinds.Number, static place => new ScalarReader<double, Numbers>(place)),
        [typeof(decimal)] = (WrittenKinds.Number, static place => new ScalarReader<decimal, Numbers>(place)),
        [typeof(DateTime)] = (WrittenKinds.String, static place => new ScalarReader<DateTime, Times>(place)),
        [typeof(DateTimeOffset)] = (WrittenKinds.String, static place => new ScalarReader<DateTimeOffset, Times>(place)),
        [typeof(DateOnly)] = (WrittenKinds.String, static place => new ScalarReader<DateOnly, Times>(place)),
        [typeof(TimeOnly)] = (WrittenKinds.String, static place => new ScalarReader<TimeOnly, Times>(place)),
        [typeof(TimeSpan)] = (WrittenKinds.String, static place => new ScalarReader<TimeSpan, Times>(place)),
    };

    /// <summary>The shape of a type whose values are read without JSON, or null.</summary>
    public static ScalarShape? Of(Type type, ReaderFactory readers) =>
        Known.TryGetValue(type, out (WrittenKinds Kinds, Func<ReadingPlace, ValueReader> Create) known)
            ? new ScalarShape(type, readers, known.Kinds, known.Create)
            : null;

    public bool IsNumber => kinds == WrittenKinds.Number;

    public override ValueReader? CreateReader(ReadingPlace place) => place.IsAskedFor ? create(place) : null;

    public override WrittenKinds? Find(PathSearch path) => path.IsAtEnd ? kinds : path.Fail(this);
}
