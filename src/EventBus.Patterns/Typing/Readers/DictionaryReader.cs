using System.Text.Unicode;
using EventBus.Patterns.Events;
using EventBus.Patterns.Fields;

namespace EventBus.Patterns.Typing.Readers;

/// <summary>Reads the entries of a dictionary that rules ask for, found by going through all of its keys.</summary>
/// <param name="place">The place.</param>
/// <param name="values">Reads the value under each name below the place, by the name's index there; null where there is nothing to find.</param>
/// <param name="dotted">Reads the value under a key with dots in it, which leads further down.</param>
internal sealed class DictionaryReader<TDictionary, T>(ReadingPlace place, ValueReader<T>?[] values, SerializedReader<T> dotted)
    : ValueReader<TDictionary>(place)
{
    private const int MostOnStack = 16;

    // A derived type's own enumerator counts where it is not declared as that type, as for lists.
    private static readonly bool IsDictionaryItself = typeof(Dictionary<string, T>).IsAssignableFrom(typeof(TDictionary));

    public override bool Read(TDictionary? value, int element, EventReading reading)
    {
        if (!typeof(TDictionary).IsValueType && value is null)
        {
            return ReadNull(element, reading);
        }

        if (values.Length == 0)
        {
            return false;
        }

        int words = (values.Length + 63) / 64;
        Progress progress = new(words <= MostOnStack ? stackalloc ulong[MostOnStack] : new ulong[words], values.Length, reading);
        if (value is Dictionary<string, T> dictionary && (IsDictionaryItself || value.GetType() == typeof(Dictionary<string, T>)))
        {
            foreach ((string key, T each) in dictionary)
            {
                if (ReadEntry(key, each, element, ref progress, reading))
                {
                    break;
                }
            }
        }
        else
        {
            foreach ((string key, T each) in (IEnumerable<KeyValuePair<string, T>>)value!)
            {
                if (ReadEntry(key, each, element, ref progress, reading))
                {
                    break;
                }
            }
        }

        reading.Reopen(progress.ClosedBefore);
        return progress.IsOver && !Place.IsAskedFor;
    }

    public override bool ReadElement(TDictionary? value, int element, EventReading reading) =>
        Read(value, !typeof(TDictionary).IsValueType && value is null ? element : reading.AddElement(element, Place.Node), reading);

    /// <summary>Records one entry, just as <see cref="JsonEventReader"/> takes the members of an object.</summary>
    /// <returns>Whether all was found, so that what follows is passed over.</returns>
    private bool ReadEntry(string key, T value, int element, ref Progress progress, EventReading reading)
    {
        Span<byte> room = reading.Reserve(key.Length * 3);
        Utf8.FromUtf16(key, room, out _, out int length);
        ReadOnlySpan<byte> name = room[..length];
        bool isDotted = false;
        FieldNode? child = Place.Node.Find(name) ?? (Place.Node.HasGrandchildren ? Place.Node.FindDotted(name, out isDotted) : null);
        if (child is null)
        {
            return false;
        }

        if (isDotted)
        {
            progress.HasDotted = true;
            progress.CloseFound(reading);
            dotted.Read(value, child, element, isElement: false, reading);
            return false;
        }

        if ((uint)child.Index >= (uint)values.Length || values[child.Index] is not { } reader || !progress.TryMark(child.Index))
        {
            return false;
        }

        if (progress.HasDotted)
        {
            progress.CloseFound(reading);
        }

        return reader.Read(value, element, reading) && progress.Complete();
    }

    /// <summary>Which names came already, and how many of them still lack something that is asked for below them.</summary>
    private ref struct Progress(Span<ulong> seen, int missing, EventReading reading)
    {
        private readonly Span<ulong> _seen = seen;
        private int _missing = missing;
        private int _valuesBefore = reading.ValueCount;

        public int ClosedBefore { get; } = reading.ClosedCount;

        public bool HasDotted { get; set; }

        public bool IsOver { get; private set; }

        /// <summary>Whether the name did not come before: of two keys that are written alike, the first counts.</summary>
        public readonly bool TryMark(int index)
        {
            ref ulong bits = ref _seen[index >> 6];
            ulong bit = 1UL << index;
            bool isFirst = (bits & bit) == 0;
            bits |= bit;
            return isFirst;
        }

        public void CloseFound(EventReading reading) => reading.CloseFound(ref _valuesBefore);

        public bool Complete() => IsOver = --_missing == 0 && !HasDotted;
    }
}
