using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using EventBus.Patterns.Typing.Readers;

namespace EventBus.Patterns.Typing;

/// <summary>The shapes of types under one set of options. Any thread may ask.</summary>
internal sealed class Contracts
{
    private const JsonNumberHandling WritingFlags = JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowNamedFloatingPointLiterals;

    private static readonly ConditionalWeakTable<JsonSerializerOptions, Contracts> Known = [];
    private static JsonSerializerOptions? _defaultOptions;

    private readonly ConcurrentDictionary<Type, Shape> _shapes = new();
    private readonly JsonSerializerOptions _options;

    /// <summary>The shapes under options; for tests also as they are where no code can be made.</summary>
    public Contracts(JsonSerializerOptions options, bool makesCode)
    {
        // What a serializer would do for options without a resolver, without changing the caller's.
        _options = options.TypeInfoResolver is null ? new JsonSerializerOptions(options) { TypeInfoResolver = Reflection() } : options;
        MakesCode = makesCode;
    }

    /// <summary>Whether readers are made for each type's own code, so that nothing is boxed.</summary>
    public bool MakesCode { get; }

    /// <summary>The shapes under options.</summary>
    /// <param name="options">The options; null for names in camelCase and otherwise the defaults.</param>
    public static Contracts Of(JsonSerializerOptions? options) => Known.GetValue(
        options ?? DefaultOptions(), static options => new Contracts(options, RuntimeFeature.IsDynamicCodeSupported));

    /// <summary>The shape of an event's type.</summary>
    /// <exception cref="NotSupportedException">The type has no contract, or one that writes no object.</exception>
    public Shape OfEvent(Type type)
    {
        // With references, what is written for an object depends on what was written before it.
        Shape shape = _options.ReferenceHandler is null ? Of(type) : Of(type, isOpaque: true);
        return shape is ObjectShape or DictionaryShape or OpaqueShape or NullableShape
            ? shape
            : throw new NotSupportedException(
                $"An event is a JSON object, but {TypeName.Of(type)} is written as {(shape is ListShape ? "an array" : "a string or a number")}. " +
                "Match a type with properties, or put the value into one.");
    }

    public Shape Of(Type type) => Of(type, []);

    public Shape Of(Type type, bool isOpaque) => isOpaque ? new OpaqueShape(Contract(type), ReadersOf(type), converter: null) : Of(type);

    /// <summary>The shape of values that a property's own converter writes.</summary>
    public Shape Of(Type type, JsonConverter converter)
    {
        JsonConverter? writing = converter is JsonConverterFactory factory ? factory.CreateConverter(type, _options) : converter;
        return type.IsEnum && MakesCode && IsOwn(converter)
            ? new EnumShape(Contract(type), ReadersOf(type), writing)
            : new OpaqueShape(Contract(type), ReadersOf(type), writing);
    }

    public ReaderFactory ReadersOf(Type type) => ReaderFactory.Of(type, MakesCode);

    private Shape Of(Type type, HashSet<Type> around)
    {
        if (_shapes.TryGetValue(type, out Shape? known))
        {
            return known;
        }

        // A collection whose items are collections of its own kind has no end to its shape.
        if (!around.Add(type))
        {
            return Of(type, isOpaque: true);
        }

        return _shapes.GetOrAdd(type, Make(type, around));
    }

    private Shape Make(Type type, HashSet<Type> around)
    {
        JsonTypeInfo contract = Contract(type);
        ReaderFactory readers = ReadersOf(type);
        if (contract.PolymorphismOptions is null && type != typeof(object) && IsOwn(contract.Converter))
        {
            if (Nullable.GetUnderlyingType(type) is { } value)
            {
                return new NullableShape(type, readers, Of(value, around));
            }

            if (contract.Kind == JsonTypeInfoKind.Object)
            {
                return new ObjectShape(contract, readers, this);
            }

            if (contract.Kind == JsonTypeInfoKind.Enumerable
                && contract.ElementType is { } item
                && typeof(IEnumerable).IsAssignableFrom(type)
                && readers.IsList(ReadersOf(item)))
            {
                // One item may bear on the next: of objects of one type in a row, the serializer gives the first alone its
                // type's discriminator.
                Shape items = Of(item, around);
                return items is OpaqueShape ? new OpaqueShape(contract, readers, converter: null) : new ListShape(type, readers, items);
            }

            if (contract.Kind == JsonTypeInfoKind.Dictionary
                && HasPlainKeys(contract)
                && contract.ElementType != typeof(object)
                && readers.IsDictionary(ReadersOf(contract.ElementType!)))
            {
                return new DictionaryShape(contract, readers, this);
            }

            if (type.IsEnum)
            {
                return new EnumShape(contract, readers, converter: null);
            }

            if (contract.Kind == JsonTypeInfoKind.None
                && ScalarShape.Of(type, readers) is { } scalar
                && !(scalar.IsNumber && (_options.NumberHandling & WritingFlags) != 0))
            {
                return scalar;
            }
        }

        return new OpaqueShape(contract, readers, converter: null);
    }

    // A naming policy could give two keys one name, so that the order of the entries counts.
    private bool HasPlainKeys(JsonTypeInfo contract) =>
        contract.KeyType == typeof(string) && _options.DictionaryKeyPolicy is null && IsOwn(Contract(typeof(string)).Converter);

    private JsonTypeInfo Contract(Type type) => _options.GetTypeInfo(type);

    private static bool IsOwn(JsonConverter converter) => converter.GetType().Assembly == typeof(JsonConverter).Assembly;

    private static JsonSerializerOptions DefaultOptions()
    {
        if (Volatile.Read(ref _defaultOptions) is { } known)
        {
            return known;
        }

        JsonSerializerOptions options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, TypeInfoResolver = Reflection() };
        options.MakeReadOnly();
        return Interlocked.CompareExchange(ref _defaultOptions, options, null) ?? options;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Where the feature switch turns reflection off, this resolver is empty: types must then come by a source-generated context.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Where the feature switch turns reflection off, this resolver is empty: types must then come by a source-generated context.")]
    private static IJsonTypeInfoResolver? Reflection() => JsonSerializerOptions.Default.TypeInfoResolver;
}
