using System.Runtime.CompilerServices;
using EventBus.Patterns.Events;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>Reads an enum that is written as its number.</summary>
internal sealed class EnumNumberReader<TEnum, TNumber>(ReadingPlace place, ValueReader<TNumber> number) : ValueReader<TEnum>(place)
{
    public override bool Read(TEnum? value, int element, EventReading reading) =>
        number.Read(Unsafe.BitCast<TEnum, TNumber>(value!), element, reading);
}
