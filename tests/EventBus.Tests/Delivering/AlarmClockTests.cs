using EventBus.Delivering;

namespace EventBus.Tests.Delivering;

public sealed class AlarmClockTests : IDisposable
{
    private readonly CountingClock _clock = new();
    private readonly AlarmClock _alarms;
    private readonly List<string> _rung = [];

    public AlarmClockTests() => _alarms = new AlarmClock(_clock);

    public void Dispose() => _alarms.Dispose();

    [Fact]
    public void Set_SeveralTimes_RingInOrderOfTheirTimes()
    {
        SetIn(30, "third");
        SetIn(10, "first");
        SetIn(20, "second");

        _clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(["first", "second", "third"], _rung);
    }

    [Fact]
    public void Set_OneTimeTwice_RingsInOrderOfSetting()
    {
        SetIn(10, "a");
        SetIn(10, "b");
        SetIn(10, "c");

        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(["a", "b", "c"], _rung);
    }

    [Fact]
    public void Timer_BeforeTheFirstAlarm_IsNotMade()
    {
        Assert.Null(_alarms.Next);

        Assert.Equal(0, _clock.Created);
    }

    [Fact]
    public void Set_AfterTheEnd_NeverRings()
    {
        _alarms.Dispose();

        SetIn(10, "late");
        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Empty(_rung);
    }

    [Fact]
    public void Set_BeforeItsTime_DoesNotRing()
    {
        SetIn(10, "a");

        _clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.Empty(_rung);

        // A timer counts whole milliseconds, rounded up.
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["a"], _rung);
    }

    [Fact]
    public void Ring_EachAlarmOnce_ThoughTimeGoesOn()
    {
        SetIn(1, "a");

        _clock.Advance(TimeSpan.FromSeconds(1));
        _clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal(["a"], _rung);
    }

    [Fact]
    public void Set_InThePast_RingsInAMomentAndNotInsideTheCall()
    {
        SetIn(-5, "a");
        Assert.Empty(_rung);

        _clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(["a"], _rung);
    }

    [Fact]
    public void Set_FurtherThanATimerReaches_RingsAllTheSame()
    {
        SetIn((int)TimeSpan.FromDays(100).TotalSeconds, "a");

        _clock.Advance(TimeSpan.FromDays(99));
        Assert.Empty(_rung);
        _clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal(["a"], _rung);
    }

    [Fact]
    public void Set_FromACallback_IsArmedAgain()
    {
        _alarms.Set(In(1), () =>
        {
            _rung.Add("first");
            SetIn(1, "second");
        });

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["first"], _rung);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["first", "second"], _rung);
    }

    [Fact]
    public void TryCancel_BeforeItRings_IsTrueOnceAndSilencesIt()
    {
        AlarmClock.Alarm alarm = SetIn(10, "a");
        SetIn(20, "b");

        Assert.True(alarm.TryCancel());
        Assert.False(alarm.TryCancel());
        _clock.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(["b"], _rung);
    }

    [Fact]
    public void TryCancel_AfterItRang_IsFalse()
    {
        AlarmClock.Alarm alarm = SetIn(10, "a");
        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.False(alarm.TryCancel());
    }

    [Fact]
    public void TryCancel_OfALaterAlarmFromACallback_SilencesIt()
    {
        AlarmClock.Alarm? later = null;
        _alarms.Set(In(1), () => later!.TryCancel());
        later = SetIn(2, "later");

        _clock.Advance(TimeSpan.FromSeconds(1));
        _clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Empty(_rung);
    }

    [Fact]
    public void Next_OfSeveral_IsTheFirstThatIsNotCancelled()
    {
        Assert.Null(_alarms.Next);
        AlarmClock.Alarm first = SetIn(10, "first");
        SetIn(20, "second");
        Assert.Equal(In(10), _alarms.Next);

        first.TryCancel();

        Assert.Equal(In(20), _alarms.Next);
    }

    [Fact]
    public void Timer_WhileNothingIsSet_DoesNotRun()
    {
        Assert.Equal(0, _clock.Set);
        AlarmClock.Alarm alarm = SetIn(10, "a");
        Assert.Equal(1, _clock.Set);

        alarm.TryCancel();
        Assert.Equal(0, _clock.Set);

        SetIn(10, "b");
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["b"], _rung);
        Assert.Equal(0, _clock.Set);
    }

    [Fact]
    public void Timer_HoweverManyAlarms_IsOne()
    {
        for (int i = 0; i < 1_000; i++)
        {
            SetIn(i, "");
        }

        Assert.Equal((1, 1), (_clock.Created, _clock.Set));
        _alarms.Dispose();
        Assert.Equal(1, _clock.Disposed);
    }

    [Fact]
    public void Set_TenThousandInRandomOrder_RingInOrderOfTheirTimes()
    {
        int[] seconds = [.. Enumerable.Range(1, 10_000)];
        new Random(1).Shuffle(seconds);
        List<int> rung = [];
        foreach (int second in seconds)
        {
            _alarms.Set(In(second), () => rung.Add(second));
        }

        for (int i = 0; i < 100; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(100));
        }

        Assert.Equal(Enumerable.Range(1, 10_000), rung);
        Assert.Null(_alarms.Next);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(99)]
    public void TryCancel_MostOfMany_LeavesTheOthers(int kept)
    {
        AlarmClock.Alarm[] alarms = [.. Enumerable.Range(0, 100).Select(i => SetIn(i + 1, $"{i}"))];

        for (int i = 0; i < alarms.Length; i++)
        {
            if (i != kept)
            {
                Assert.True(alarms[i].TryCancel());
            }
        }

        Assert.Equal(In(kept + 1), _alarms.Next);
        _clock.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal([$"{kept}"], _rung);
    }

    [Fact]
    public void TryCancel_All_LeavesNothingButRoomForMore()
    {
        AlarmClock.Alarm[] alarms = [.. Enumerable.Range(0, 100).Select(i => SetIn(100 - i, "no"))];
        Assert.All(alarms, alarm => Assert.True(alarm.TryCancel()));
        Assert.Null(_alarms.Next);
        Assert.Equal(0, _clock.Set);

        SetIn(5, "yes");
        _clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal(["yes"], _rung);
    }

    [Fact]
    public async Task SetAndCancel_FromManyThreads_RingExactlyWhatWasNotCancelled()
    {
        int rung = 0;
        int cancelled = 0;
        await Parallel.ForAsync(0, 20_000, TestStand.Cancellation, (i, _) =>
        {
            AlarmClock.Alarm alarm = _alarms.Set(In(i % 100), () => Interlocked.Increment(ref rung));
            if (i % 3 != 0 && alarm.TryCancel())
            {
                Interlocked.Increment(ref cancelled);
            }

            return default;
        });

        _clock.Advance(TimeSpan.FromSeconds(100));

        Assert.Equal(20_000, rung + cancelled);
        Assert.Null(_alarms.Next);
        Assert.Equal(0, _clock.Set);
    }

    private DateTimeOffset In(int seconds) => _clock.GetUtcNow() + TimeSpan.FromSeconds(seconds);

    private AlarmClock.Alarm SetIn(int seconds, string name) => _alarms.Set(In(seconds), () => _rung.Add(name));
}
