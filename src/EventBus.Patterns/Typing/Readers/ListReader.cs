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

        return list switch
        {
            // Not as a Span: an array of strings may stand for one of objects.
            T[] array => ReadAll(item, new ReadOnlySpan<T>(array), element, reading),
            List<T> all => ReadAll(item, CollectionsMarshal.AsSpan(all), element, reading),
            IReadOnlyList<T> all => ReadByIndex(item, all, element, reading),
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

    private static bool ReadByIndex(ValueReader<T> item, IReadOnlyList<T> all, int element, EventReading reading)
    {
        bool isComplete = false;
        int count = all.Count;
        for (int i = 0; i < count; i++)
        {
            isComplete |= item.ReadElement(all[i], element, reading);
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
