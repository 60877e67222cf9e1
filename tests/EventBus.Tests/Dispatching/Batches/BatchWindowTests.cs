using EventBus.Delivering;
using EventBus.Dispatching;
using EventBus.Dispatching.Batches;
using Microsoft.Extensions.Time.Testing;

namespace EventBus.Tests.Dispatching.Batches;

public sealed class BatchWindowTests
{
    private readonly FakeTimeProvider _clock = new();
    private int _rings;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 2)]
    public void Look_WithoutAWindow_ClosesWhateverWaits(int waiting, long closed)
    {
        BatchWindow window = Make(size: 3, TimeSpan.Zero);

        Assert.Equal(closed, window.Look(waiting, window.Now));
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(3, 1)]
    [InlineData(5, 1)]
    [InlineData(6, 2)]
    public void Look_WithinTheWindow_ClosesFullBatchesAlone(int waiting, long closed)
    {
        BatchWindow window = Make(size: 3, TimeSpan.FromSeconds(1));

        Assert.Equal(closed, window.Look(waiting, window.Now));
    }

    [Fact]
    public void Look_WhileSomethingWaits_RingsWhenTheWindowIsOverAndNotBefore()
    {
        using AlarmClock alarms = new(_clock);
        BatchWindow window = Make(size: 3, TimeSpan.FromSeconds(1), alarms: alarms);
        long since = window.Now;

        window.Look(1, since);
        _clock.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromMilliseconds(1));
        window.Look(2, since);
        Assert.Equal(0, _rings);
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(1, _rings);
        Assert.Equal(1, window.Look(2, since));
        Assert.Null(alarms.Next);
    }

    [Fact]
    public void Look_WhenNothingWaitsAnyMore_TakesTheAlarmBack()
    {
        using AlarmClock alarms = new(_clock);
        BatchWindow window = Make(size: 3, TimeSpan.FromSeconds(1), alarms: alarms);
        window.Look(1, window.Now);
        Assert.NotNull(alarms.Next);

        window.Look(0, 0);

        Assert.Null(alarms.Next);
    }

    [Fact]
    public void Look_AfterClose_WaitsForNothing()
    {
        using AlarmClock alarms = new(_clock);
        BatchWindow window = Make(size: 3, TimeSpan.FromSeconds(1), alarms: alarms);
        window.Look(1, window.Now);

        window.Close();

        Assert.Equal(1, window.Look(1, window.Now));
        Assert.Null(alarms.Next);
    }

    [Fact]
    public void Look_InAQueueSmallerThanABatch_ClosesWhenThatIsFull() =>
        Assert.Equal(1, Make(size: 100, TimeSpan.FromSeconds(1), capacity: 2).Look(2, _clock.GetUtcNow().UtcTicks));

    private BatchWindow Make(int size, TimeSpan window, int capacity = 10_000, AlarmClock? alarms = null) => new(
        new BatchOptions { Size = size, Window = window }, capacity, _clock, alarms ?? new AlarmClock(_clock), () => _rings++);
}
