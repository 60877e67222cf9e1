using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EventBus.Patterns.Events;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>Reads the items of a collection.</summary>
/// <param name="place">The place, which the items share.</param>
/// <param name="item">Reads an item; null where there is nothing to find in one.</param>
internal sealed class ListReader<TList, T>(ReadingPlace place, ValueReader<T>? item) : ValueReader<TList>(place)
{
    private static readonly bool IsListItself = typeof(List<T>).IsAssignableFrom(typeof(TList));

    private readonly ValueReader<T>? _item = item;

    public override bool Read(TList? value, int element, EventReading reading)
    {
        if (!typeof(TList).IsValueType && value is null)
        {
            return ReadNull(element, reading);
        }

        return _item is not null && Read(_item, value!, element, reading);
    }

    public override bool ReadElement(TList? value, int element, EventReading reading) =>
        Read(value, !typeof(TList).IsValueType && value is null ? element : reading.AddElement(element, Place.Node), reading);

    private static bool Read(ValueReader<T> item, TList list, int element, EventReading reading)
    {
        if (typeof(TList) == typeof(ImmutableArray<T>))
        {
            return ReadAll(item, Unsafe.As<TList, ImmutableArray<T>>(ref list).AsSpan(), element, reading);
        }

        // Those alone whose indexer and enumerator are known to agree: the serializer goes by the enumerator. A type derived from
        // a list may have its own, which counts unless it is declared as that type: then the serializer indexes the list itself.
        return list switch
        {
            // Not as a Span: an array of strings may stand for one of objects.
            T[] array => ReadAll(item, new ReadOnlySpan<T>(array), element, reading),
            List<T> all when IsListItself || all.GetType() == typeof(List<T>) =>
                ReadAll(item, CollectionsMarshal.AsSpan(all), element, reading),
            ImmutableArray<T> { IsDefault: false } all => ReadAll(item, all.AsSpan(), element, reading),
            _ => ReadInTurn(item, (IEnumerable<T>)list!, element, reading),
        };
    }

    private static bool ReadAll(ValueReader<T> item, ReadOnlySpan<T> all, int element, EventReading reading)
    {
        bool isComplete = false;
        foreach (T each in all)
        {
            isComplete |= item.ReadElement(each, element, reading);
        }

        return isComplete;
    }

    private static bool ReadInTurn(ValueReader<T> item, IEnumerable<T> all, int element, EventReading reading)
    {
        bool isComplete = false;
        foreach (T each in all)
        {
            isComplete |= item.ReadElement(each, element, reading);
        }

        return isComplete;
    }
}
