using EventBus.Delivering;
using Microsoft.Extensions.Time.Testing;

namespace EventBus.Tests.Delivering;

public sealed class TimerSpanTests
{
    private readonly FakeTimeProvider _clock = new(Sample.Noon);

    [Fact]
    public void Until_TheEndOfTime_IsInfinite() =>
        Assert.Equal(Timeout.InfiniteTimeSpan, TimerSpan.Until(DateTimeOffset.MaxValue, _clock));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(-1_000_000_000)]
    public void Until_NowOrThePast_IsTheShortestThatIsNotAtOnce(long ticks) =>
        Assert.Equal(TimeSpan.FromMilliseconds(1), TimerSpan.Until(Sample.Noon.AddTicks(ticks), _clock));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(9_999, 1)]
    [InlineData(10_000, 1)]
    [InlineData(10_001, 2)]
    [InlineData(600_000_000, 60_000)]
    public void Until_PartOfAMillisecond_IsRoundedUp(long ticks, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), TimerSpan.Until(Sample.Noon.AddTicks(ticks), _clock));

    [Fact]
    public void Until_FurtherThanATimerReaches_IsFortyDays() =>
        Assert.Equal(TimeSpan.FromDays(40), TimerSpan.Until(Sample.Noon.AddYears(5), _clock));
}
