using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EventBus.Patterns.Indexing;

/// <summary>Postings by their text: a hash table with open addressing that readers use without a lock while one writer adds.</summary>
internal sealed class ValueTable
{
    // Different in every process, so that nobody can prepare values that all fall into one slot.
    private static readonly ulong Seed = BitConverter.ToUInt64(Guid.NewGuid().ToByteArray()) | 1;

    private Slot[] _slots = new Slot[4];
    private int _count;

    public static uint HashOf(PostingKind kind, ReadOnlySpan<byte> text)
    {
        ulong hash = Seed ^ ((ulong)text.Length << 8) ^ (ulong)kind;
        ref byte start = ref MemoryMarshal.GetReference(text);
        if (text.Length >= sizeof(ulong))
        {
            int last = text.Length - sizeof(ulong);
            for (int i = 0; i < last; i += sizeof(ulong))
            {
                hash = Mix(hash ^ Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, i)));
            }

            return Fold(Mix(hash ^ Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, last))));
        }

        ulong few = text.Length switch
        {
            >= 4 => Unsafe.ReadUnaligned<uint>(ref start) | ((ulong)Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, text.Length - 4)) << 32),
            >= 2 => Unsafe.ReadUnaligned<ushort>(ref start) | ((ulong)Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref start, text.Length - 2)) << 32),
            1 => start,
            _ => 0,
        };
        return Fold(Mix(hash ^ few));
    }

    public Posting? Find(PostingKind kind, ReadOnlySpan<byte> text)
    {
        uint hash = HashOf(kind, text);
        Slot[] slots = Volatile.Read(ref _slots);
        uint mask = (uint)slots.Length - 1;
        for (uint i = hash & mask; ; i = (i + 1) & mask)
        {
            ref Slot slot = ref slots[i];
            Posting? posting = Volatile.Read(ref slot.Posting);
            if (posting is null)
            {
                return null;
            }

            if (slot.Hash == hash && posting.Is(kind, text))
            {
                return posting;
            }
        }
    }

    /// <summary>The posting of a text, made where it is missing. For the writer alone.</summary>
    public Posting GetOrAdd(PostingKind kind, byte[] text)
    {
        if (Find(kind, text) is { } known)
        {
            return known;
        }

        if ((_count + 1) * 4 > _slots.Length * 3)
        {
            var larger = new Slot[_slots.Length * 2];
            foreach (Slot moved in _slots)
            {
                if (moved.Posting is not null)
                {
                    Link(larger, moved.Hash, moved.Posting);
                }
            }

            Volatile.Write(ref _slots, larger);
        }

        Posting posting = new(kind, text, _count++);
        Link(_slots, HashOf(kind, text), posting);
        return posting;
    }

    private static void Link(Slot[] slots, uint hash, Posting posting)
    {
        uint mask = (uint)slots.Length - 1;
        uint i = hash & mask;
        while (slots[i].Posting is not null)
        {
            i = (i + 1) & mask;
        }

        slots[i].Hash = hash;
        Volatile.Write(ref slots[i].Posting, posting);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong value)
    {
        value *= 0x9E37_79B9_7F4A_7C15;
        return value ^ BitOperations.RotateRight(value, 29) ^ (value >> 47);
    }

    private static uint Fold(ulong hash) => (uint)(hash ^ (hash >> 32));

    /// <summary>The hash stands beside the posting, so that another one's posting is not fetched in vain. Written before it.</summary>
    private struct Slot
    {
        public uint Hash;
        public Posting? Posting;
    }
}
