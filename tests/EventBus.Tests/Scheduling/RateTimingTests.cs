using EventBus.Scheduling;

namespace EventBus.Tests.Scheduling;

public sealed class RateTimingTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly RateTiming _timing = new(TimeSpan.FromMinutes(1));

    [Fact]
    public void First_AfterAStart_IsOneDistanceLater() => Assert.Equal(Start.AddMinutes(1), _timing.First(Start));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(59, 0)]
    [InlineData(60, 1)]
    [InlineData(119, 1)]
    [InlineData(365 * 24 * 3600, 365 * 24 * 60)]
    public void GoOn_SomeTimeLate_IsTheLatestThatIsDue(int secondsLate, int missed) => Assert.Equal(
        new ScheduleTiming.DueOccurrence(Start.AddMinutes(missed), missed, Start.AddMinutes(missed + 1)),
        _timing.GoOn(Start, Start.AddSeconds(secondsLate)));

    [Fact]
    public void GoOn_WithAClockThatWasSetBack_IsStillTheOneThatRang() =>
        Assert.Equal(new ScheduleTiming.DueOccurrence(Start, 0, Start.AddMinutes(1)), _timing.GoOn(Start, Start.AddHours(-1)));

    [Fact]
    public void GoOn_AtTheEndOfTime_HasNoNext() =>
        Assert.Null(_timing.GoOn(DateTimeOffset.MaxValue.AddSeconds(-1), DateTimeOffset.MaxValue).Next);
}
