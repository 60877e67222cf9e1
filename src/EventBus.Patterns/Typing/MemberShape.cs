using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace EventBus.Patterns.Typing;

/// <summary>One property or field of an object, as its contract has it.</summary>
internal sealed class MemberShape
{
    private const JsonNumberHandling WritingFlags = JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowNamedFloatingPointLiterals;

    private readonly JsonPropertyInfo _property;
    private readonly Contracts _contracts;
    private readonly bool _isNumberHandlingOwn;
    private readonly bool _isSkippingDeclared;
    private Shape? _value;

    public MemberShape(JsonPropertyInfo property, JsonTypeInfo owner, Contracts contracts)
    {
        _property = property;
        _contracts = contracts;
        Steps = property.Name.Split('.');
        Utf8Name = Encoding.UTF8.GetBytes(property.Name);
        JsonNumberHandling ofOptions = owner.Options.NumberHandling & WritingFlags;
        _isNumberHandlingOwn = ((property.NumberHandling ?? owner.NumberHandling ?? ofOptions) & WritingFlags) != ofOptions;
        JsonIgnoreCondition ofAll = owner.Options.DefaultIgnoreCondition;
        if (property.ShouldSerialize is null)
        {
            SkipsDefault = ofAll == JsonIgnoreCondition.WhenWritingDefault || (ofAll == JsonIgnoreCondition.WhenWritingNull && CanBeNull);
        }
        else if (contracts.MakesCode && IsOwnCode(property.ShouldSerialize))
        {
            // A condition by attribute asks about the value alone, never the object: so one question tells which it is.
            _isSkippingDeclared = true;
            SkipsDefault = !property.ShouldSerialize(null!, contracts.ReadersOf(property.PropertyType).Default);
        }

        Getter = contracts.MakesCode && IsOwnCode(property.Get!) ? FindGetter(property) : null;
    }

    public string Name => _property.Name;

    /// <summary>The names that lead to the property in a path: several where there are dots in its own.</summary>
    public string[] Steps { get; }

    /// <summary>The name in UTF-8.</summary>
    public byte[] Utf8Name { get; }

    public Shape Value => _value ??= FindValue();

    /// <summary>The getter or field behind the property, where a call of it is all that the contract does.</summary>
    public MemberInfo? Getter { get; }

    /// <summary>The contract's getter.</summary>
    public Func<object, object?> Get => _property.Get!;

    /// <summary>Whether a default value is not written.</summary>
    public bool SkipsDefault { get; }

    /// <summary>Decides for each value whether it is written; null for always, or as <see cref="SkipsDefault"/> says.</summary>
    public Func<object, object?, bool>? IsWritten => _isSkippingDeclared ? null : _property.ShouldSerialize;

    public bool WritesNull => CanBeNull && !SkipsDefault;

    /// <summary>
    /// Whether the property is of no certain type. Where two such hold objects of one type, the serializer gives the first alone
    /// its type's discriminator.
    /// </summary>
    public bool IsObject => _property.PropertyType == typeof(object);

    /// <summary>Whether only the JSON of the whole object tells what is written for the property.</summary>
    public bool NeedsOwner =>
        _isNumberHandlingOwn
        || (_property.CustomConverter is not null && !_contracts.MakesCode)
        || (IsWritten is not null && _property.Options.DefaultIgnoreCondition != JsonIgnoreCondition.Never)
        || (SkipsDefault && !CanBeNull && !_contracts.MakesCode);

    private bool CanBeNull => !_property.PropertyType.IsValueType || Nullable.GetUnderlyingType(_property.PropertyType) is not null;

    private Shape FindValue()
    {
        if (_isNumberHandlingOwn)
        {
            return _contracts.Of(_property.PropertyType, isOpaque: true);
        }

        return _property.CustomConverter is { } converter
            ? _contracts.Of(_property.PropertyType, converter)
            : _contracts.Of(_property.PropertyType);
    }

    private static bool IsOwnCode(Delegate code) => code.Method.Module.Assembly == typeof(JsonSerializer).Assembly;

    private static MemberInfo? FindGetter(JsonPropertyInfo property) => property.AttributeProvider switch
    {
        PropertyInfo { GetMethod: { } getter } found when found.PropertyType == property.PropertyType => getter,
        FieldInfo field when field.FieldType == property.PropertyType => field,
        _ => null,
    };
}
