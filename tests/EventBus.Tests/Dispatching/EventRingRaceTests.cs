using System.Collections.Concurrent;
using EventBus.Dispatching;

namespace EventBus.Tests.Dispatching;

/// <summary>One adder and several takers, on many rings one after the other: each ring grows some times while it is taken from.</summary>
public sealed class EventRingRaceTests
{
    private const int Rings = 120;
    private const int Events = 4_000;
    private const int Takers = 3;

    // By number: what belongs together in one place. A torn read would bring together what does not.
    private readonly object[] _carriers = [.. Enumerable.Range(0, Events).Select(static _ => new object())];
    private readonly object[] _events = [.. Enumerable.Range(0, Events).Select(static _ => new object())];
    private readonly EventRing[] _rings = [.. Enumerable.Range(0, Rings).Select(static _ => new EventRing())];
    private readonly int[][] _timesTaken = [.. Enumerable.Range(0, Rings).Select(static _ => new int[Events])];
    private readonly ConcurrentQueue<string> _faults = new();

    [Fact]
    public async Task Events_AddedWithoutBound_AreTakenWholeOnceAndInOrder()
    {
        await RunAsync(capacityOf: static _ => int.MaxValue);

        Assert.Empty(_faults);
        Assert.All(_timesTaken, static ring => Assert.All(ring, static times => Assert.Equal(1, times)));
    }

    [Fact]
    public async Task Events_AddedWhereThereIsRoom_AreTakenWholeOnceAndInOrder()
    {
        await RunAsync(capacityOf: static ring => 1 + ring);

        Assert.Empty(_faults);
        Assert.All(_timesTaken, static ring => Assert.All(ring, static times => Assert.Equal(1, times)));
    }

    private Task RunAsync(Func<int, int> capacityOf)
    {
        List<Task> all = [.. Enumerable.Range(0, Takers).Select(_ => TestStand.OnThread(Take))];
        all.Add(TestStand.OnThread(() => Add(capacityOf)));
        all.Add(TestStand.OnThread(Watch));
        return TestStand.Soon(Task.WhenAll(all));
    }

    private void Add(Func<int, int> capacityOf)
    {
        for (int i = 0; i < Rings; i++)
        {
            EventRing ring = _rings[i];
            int capacity = capacityOf(i);
            SpinWait spin = default;
            for (int number = 0; number < Events; number++)
            {
                while (!ring.HasRoom(capacity))
                {
                    spin.SpinOnce(sleep1Threshold: -1);
                }

                ring.Add(new QueuedEvent(_carriers[number], _events[number], number));
                if (ring.Count > capacity)
                {
                    _faults.Enqueue($"{ring.Count} wait where {capacity} may");
                }

                // Time to wrap: later bursts are longer, and grow the ring from wherever it stands.
                if (number % (8 << (number / 1000)) == 0)
                {
                    while (ring.Count > 4)
                    {
                        spin.SpinOnce(sleep1Threshold: -1);
                    }
                }
            }
        }
    }

    private void Take()
    {
        for (int i = 0; i < Rings; i++)
        {
            EventRing ring = _rings[i];
            long seen = 0;
            long last = -1;
            SpinWait spin = default;
            while (ring.Taken < Events)
            {
                if (!ring.TryTake(ref seen, out QueuedEvent taken))
                {
                    spin.SpinOnce(sleep1Threshold: -1);
                    continue;
                }

                long number = taken.PublishedAt;
                Interlocked.Increment(ref _timesTaken[i][number]);
                if (number <= last || !ReferenceEquals(taken.Carrier, _carriers[number]) || !ReferenceEquals(taken.Event, _events[number]))
                {
                    _faults.Enqueue($"ring {i}: {number} after {last}, torn or out of order");
                }

                last = number;
            }
        }
    }

    private void Watch()
    {
        foreach (EventRing ring in _rings)
        {
            long taken = 0;
            while (taken < Events)
            {
                long before = ring.Taken;
                long count = ring.Count;
                if (before < taken || count < 0)
                {
                    _faults.Enqueue($"taken {before} after {taken}, {count} wait");
                }

                taken = before;
                Thread.Yield();
            }
        }
    }
}
