using EventBus.Delivering.Keys;

namespace EventBus.Tests.Delivering.Keys;

public sealed class ExpiringKeysTests
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    [Fact]
    public void Contains_UntilTheTimeToLiveHasPassed_IsTrue()
    {
        CountingClock clock = new();
        using ExpiringKeys<string> keys = new(clock, Window);
        keys.Add("a");

        clock.Advance(Window - Tick);
        bool before = keys.Contains("a");
        clock.Advance(Tick);

        Assert.Equal((true, false), (before, keys.Contains("a")));
    }

    [Fact]
    public void Add_OfAKeyThatIsKept_DoesNotProlongIt()
    {
        CountingClock clock = new();
        using ExpiringKeys<string> keys = new(clock, Window);
        keys.Add("a");
        clock.Advance(Window / 2);
        keys.Add("a");

        clock.Advance(Window / 2);

        Assert.False(keys.Contains("a"));
    }

    [Fact]
    public void Key_ThatNobodyComesByFor_IsForgottenByTheTimer()
    {
        CountingClock clock = new();
        using ExpiringKeys<int> keys = new(clock, Window);
        for (int i = 0; i < 100; i++)
        {
            keys.Add(i);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        int kept = keys.Count;
        clock.Advance(Window);

        // The timer was set for the first key, and then once more for the last one.
        Assert.Equal((100, 0), (kept, keys.Count));
    }

    [Fact]
    public void Timer_WhileNoKeyIsKept_IsNotSet()
    {
        CountingClock clock = new();
        using ExpiringKeys<string> keys = new(clock, Window);
        int atFirst = clock.Created;

        keys.Add("a");
        keys.Add("b");
        int whileKept = clock.Set;
        clock.Advance(Window);

        Assert.Equal((0, 1, 0, 1), (atFirst, whileKept, clock.Set, clock.Created));
    }

    [Fact]
    public void Key_ThatExpiresBetweenTwoRings_IsForgottenByWhoeverComesBy()
    {
        CountingClock clock = new();
        using ExpiringKeys<string> keys = new(clock, Window);
        keys.Add("a");
        clock.Advance(TimeSpan.FromMinutes(1));
        keys.Add("b");
        clock.Advance(TimeSpan.FromMinutes(3));
        keys.Add("c");

        // At 5:00 the timer rings for a, and is set for c at 9:00.
        clock.Advance(TimeSpan.FromMinutes(1));
        clock.Advance(TimeSpan.FromMinutes(1));
        int before = keys.Count;
        bool containsB = keys.Contains("b");

        Assert.Equal((2, false, 1, 1), (before, containsB, keys.Count, clock.Set));
    }

    [Fact]
    public void Add_AfterDispose_KeepsNothing()
    {
        CountingClock clock = new();
        ExpiringKeys<string> keys = new(clock, Window);
        keys.Add("a");

        keys.Dispose();
        keys.Add("b");

        Assert.Equal((1, 0), (clock.Disposed, clock.Set));
        Assert.False(keys.Contains("b"));
    }

    [Fact]
    public void TimeToLive_OfTheLongestTime_IsNoFailure()
    {
        CountingClock clock = new();
        using ExpiringKeys<string> keys = new(clock, TimeSpan.MaxValue);

        keys.Add("a");
        clock.Advance(TimeSpan.FromDays(1_000));

        Assert.True(keys.Contains("a"));
    }

    [Fact]
    public void Keys_AMillionOverTime_AreNeverMoreThanThoseWithinTheTimeToLive()
    {
        CountingClock clock = new();
        using ExpiringKeys<int> keys = new(clock, TimeSpan.FromSeconds(1));
        int most = 0;
        for (int i = 0; i < 1_000_000; i++)
        {
            keys.Add(i);
            most = Math.Max(most, keys.Count);
            if (i % 100 == 0)
            {
                clock.Advance(TimeSpan.FromMilliseconds(100));
            }
        }

        Assert.InRange(most, 900, 1_100);
    }
}
