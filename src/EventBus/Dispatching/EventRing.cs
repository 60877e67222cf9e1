using System.Runtime.InteropServices;

namespace EventBus.Dispatching;

/// <summary>The events of a queue in their order. Taken without a lock, and added under the caller's.</summary>
/// <remarks>
/// <para>
/// An array used in a circle, between two positions that only grow. A taker copies the place at the head and then moves the head with a
/// compare-and-swap: the copy counts only if nobody has moved the head meanwhile, and a place is not written again before the head has
/// passed it. So what was read is what was put there, however slow the taker was.
/// </para>
/// <para>
/// A taken place keeps its event until it is written again or <see cref="Clear"/> is called: a taker may not clear it, for it may have
/// been written again.
/// QueuedPublishBenchmarks holds the whole beside a bounded channel.
/// </para>
/// </remarks>
internal sealed class EventRing
{
    private const int FirstLength = 16;

    // The length is a power of two. Replaced by a longer one, never written to afterwards: who still reads the old one finds in it
    // what was there.
    private QueuedEvent[] _places = new QueuedEvent[FirstLength];
    private Positions _positions;

    // By whoever adds: everything before it has been cleared.
    private long _cleared;

    /// <summary>How many events were ever added.</summary>
    public long Added => Volatile.Read(ref _positions.Tail);

    /// <summary>How many events were ever taken.</summary>
    public long Taken => Volatile.Read(ref _positions.Head);

    /// <summary>How many wait. May be over when it is read.</summary>
    public long Count
    {
        get
        {
            // The head first: it may not be found beyond the tail.
            long head = Taken;
            return Added - head;
        }
    }

    /// <summary>Adds an event at the end. One caller at a time.</summary>
    public void Add(in QueuedEvent @event)
    {
        long tail = _positions.Tail;
        QueuedEvent[] places = _places;
        if (tail - _positions.SeenHead >= places.Length)
        {
            _positions.SeenHead = Taken;
            if (tail - _positions.SeenHead >= places.Length)
            {
                places = Grow(places, tail);
            }
        }

        places[tail & (places.Length - 1)] = @event;
        Volatile.Write(ref _positions.Tail, tail + 1);
    }

    /// <summary>Whether fewer than so many wait. One caller at a time, the one that adds.</summary>
    public bool HasRoom(int capacity)
    {
        long tail = _positions.Tail;
        if (tail - _positions.SeenHead < capacity)
        {
            return true;
        }

        // The head is looked up only where its last known place does not say enough: the takers write to it all the time.
        _positions.SeenHead = Taken;
        return tail - _positions.SeenHead < capacity;
    }

    /// <summary>Looks at the first event. Only where nobody takes at the same time.</summary>
    public bool TryPeek(out QueuedEvent @event)
    {
        long head = _positions.Head;
        bool isThere = head < _positions.Tail;
        @event = isThere ? _places[head & (_places.Length - 1)] : default;
        return isThere;
    }

    /// <summary>Takes the first event. Any number of callers.</summary>
    /// <param name="seen">
    /// The caller's own: how many it knows to have been added. Looked up only where that does not say enough, for the adders write to it
    /// all the time. 0 at first.
    /// </param>
    /// <param name="event">The event.</param>
    /// <returns>False where none waits.</returns>
    public bool TryTake(ref long seen, out QueuedEvent @event)
    {
        while (true)
        {
            // In this order: the array must be the one that the head was in, or a newer one.
            long head = Taken;
            if (head >= seen)
            {
                seen = Added;
                if (head >= seen)
                {
                    @event = default;
                    return false;
                }
            }

            QueuedEvent[] places = Volatile.Read(ref _places);
            @event = places[head & (places.Length - 1)];
            if (Interlocked.CompareExchange(ref _positions.Head, head + 1, head) == head)
            {
                return true;
            }
        }
    }

    /// <summary>Lets go of what was taken. One caller at a time, and none that adds.</summary>
    /// <remarks>A taker that still reads a cleared place finds the head moved on, and throws away what it has read.</remarks>
    public void Clear()
    {
        long head = Taken;

        // Not those that have been written again since.
        for (long i = Math.Max(_cleared, _positions.Tail - _places.Length); i < head; i++)
        {
            _places[i & (_places.Length - 1)] = default;
        }

        _cleared = head;
    }

    private QueuedEvent[] Grow(QueuedEvent[] places, long tail)
    {
        var longer = new QueuedEvent[places.Length * 2];
        for (long i = _positions.SeenHead; i < tail; i++)
        {
            longer[i & (longer.Length - 1)] = places[i & (places.Length - 1)];
        }

        Volatile.Write(ref _places, longer);
        return longer;
    }

    // A cache line each for those who add and those who take, or they would slow each other down at every step.
    [StructLayout(LayoutKind.Explicit, Size = 192)]
    private struct Positions
    {
        [FieldOffset(64)]
        public long Tail;

        [FieldOffset(72)]
        public long SeenHead;

        [FieldOffset(128)]
        public long Head;
    }
}
