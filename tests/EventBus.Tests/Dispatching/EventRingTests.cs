using System.Runtime.CompilerServices;
using EventBus.Dispatching;

namespace EventBus.Tests.Dispatching;

public sealed class EventRingTests
{
    private const int FirstLength = 16;

    private readonly EventRing _ring = new();
    private long _seen;
    private int _added;
    private int _taken;

    [Fact]
    public void TryTake_EmptyRing_IsFalse()
    {
        Assert.False(_ring.TryTake(ref _seen, out QueuedEvent taken));

        Assert.Equal((default, 0L), (taken, _seen));
    }

    [Fact]
    public void TryTake_AfterSeveralAdds_TakesThemInTheirOrder()
    {
        Add(5);

        AssertTakes(5);
        Assert.False(_ring.TryTake(ref _seen, out _));
    }

    [Fact]
    public void TryTake_WithAnOldIdeaOfWhatWasAdded_LooksAgain()
    {
        Add(1);
        AssertTakes(1);
        Assert.Equal(1, _seen);
        Add(2);

        AssertTakes(1);

        Assert.Equal(3, _seen);
    }

    [Fact]
    public void Positions_OfAddedAndTaken_OnlyGrow()
    {
        Add(FirstLength + 4);
        AssertTakes(FirstLength + 1);

        Assert.Equal((FirstLength + 4, FirstLength + 1, 3), (_ring.Added, _ring.Taken, _ring.Count));
    }

    [Fact]
    public void Add_RoundAndRoundTheCircle_KeepsTheOrder()
    {
        for (int round = 0; round < 100; round++)
        {
            Add(7);
            AssertTakes(7);
        }

        Assert.Equal(0, _ring.Count);
    }

    // Where in the circle the first event stands when it grows: at every place.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(29)]
    public void Add_BeyondTheLengthWhileWrapped_KeepsAllInTheirOrder(int offset)
    {
        for (int i = 0; i < offset; i++)
        {
            Add(1);
            AssertTakes(1);
        }

        Add((FirstLength * 8) + 1);

        AssertTakes((FirstLength * 8) + 1);
        Assert.False(_ring.TryTake(ref _seen, out _));
    }

    [Fact]
    public void Add_BetweenTakes_GrowsMoreThanOnceAndKeepsTheOrder()
    {
        for (int i = 0; i < 200; i++)
        {
            Add(3);
            AssertTakes(2);
        }

        AssertTakes(200);
    }

    [Fact]
    public void Add_FullRingOfWhichSomeAreTaken_UsesTheirPlaces()
    {
        Add(FirstLength);
        AssertTakes(5);

        // Into the five places, then past them.
        Add(5);
        Add(1);

        AssertTakes(FirstLength + 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(FirstLength)]
    [InlineData(FirstLength * 4)]
    public void HasRoom_AtTheCapacity_IsFalseUntilOneIsTaken(int capacity)
    {
        Add(capacity - 1);
        Assert.True(_ring.HasRoom(capacity));
        Add(1);
        Assert.False(_ring.HasRoom(capacity));

        // What the ring has seen of the head is old now.
        AssertTakes(1);

        Assert.True(_ring.HasRoom(capacity));
        Add(1);
        Assert.False(_ring.HasRoom(capacity));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(FirstLength)]
    [InlineData(FirstLength + 1)]
    [InlineData(FirstLength * 5)]
    public void Clear_AfterAllWereTaken_LetsGoOfThem(int events)
    {
        List<WeakReference> first = AddAndTake(events);
        _ring.Clear();
        List<WeakReference> second = AddAndTake(events);
        _ring.Clear();

        Collect();

        Assert.DoesNotContain(first, static each => each.IsAlive);
        Assert.DoesNotContain(second, static each => each.IsAlive);
        GC.KeepAlive(_ring);
    }

    [Fact]
    public void Clear_OfAPartOfTheCircle_LetsTheRestBeUsed()
    {
        Add(10);
        AssertTakes(10);
        _ring.Clear();

        Add(12);

        AssertTakes(12);
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private List<WeakReference> AddAndTake(int events)
    {
        List<WeakReference> references = [];
        for (int i = 0; i < events; i++)
        {
            object @event = new();
            references.Add(new WeakReference(@event));
            _ring.Add(new QueuedEvent("name", @event, 1));
        }

        for (int i = 0; i < events; i++)
        {
            Assert.True(_ring.TryTake(ref _seen, out _));
        }

        return references;
    }

    private void Add(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _ring.Add(new QueuedEvent("name", _added, _added));
            _added++;
        }
    }

    private void AssertTakes(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Assert.True(_ring.TryTake(ref _seen, out QueuedEvent taken));
            Assert.Equal(new QueuedEvent("name", _taken, _taken), taken);
            _taken++;
        }
    }
}
