using EventBus.Patterns.Events;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>Reads a property without boxing its value.</summary>
/// <param name="get">A <see cref="Func{TOwner, TValue}"/>, or of a struct a <see cref="StructGetter{TOwner, TValue}"/>.</param>
/// <param name="value">Reads the value.</param>
/// <param name="skipsDefault">Whether a default value is not written.</param>
internal sealed class PropertyReader<TOwner, TValue>(Delegate get, ValueReader<TValue> value, bool skipsDefault) : MemberReader<TOwner>
{
    private readonly Func<TOwner, TValue?> _get = typeof(TOwner).IsValueType ? null! : (Func<TOwner, TValue?>)get;
    private readonly StructGetter<TOwner, TValue?> _getOfStruct = typeof(TOwner).IsValueType ? (StructGetter<TOwner, TValue?>)get : null!;
    private readonly ValueReader<TValue> _value = value;
    private readonly bool _skipsDefault = skipsDefault;

    public override bool Read(ref TOwner owner, int element, EventReading reading)
    {
        TValue? value = typeof(TOwner).IsValueType ? _getOfStruct(ref owner) : _get(owner);
        return !(_skipsDefault && IsDefault(value)) && _value.Read(value, element, reading);
    }

    private static bool IsDefault(TValue? value) =>
        typeof(TValue).IsValueType ? EqualityComparer<TValue>.Default.Equals(default, value) : value is null;
}
