using EventBus.Publishing.Delaying;
using Microsoft.Extensions.Time.Testing;

namespace EventBus.Tests.Publishing.Delaying;

public sealed class DueTimeTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Of_NoTime_IsNow() => Assert.Null(Of(new PublishOptions()));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(-100_000)]
    public void Of_ATimeThatHasCome_IsNow(int seconds) => Assert.Null(Of(new PublishOptions { DeliverAt = Now.AddSeconds(seconds) }));

    [Fact]
    public void Of_ATimeInAnotherZone_IsInUtc()
    {
        DateTimeOffset due = Of(new PublishOptions { DeliverAt = Now.AddHours(1).ToOffset(TimeSpan.FromHours(-5)) })!.Value;

        Assert.Equal((Now.AddHours(1), TimeSpan.Zero), (due, due.Offset));
    }

    [Fact]
    public void Of_TheLongestTimes_AreTheEndOfTime()
    {
        Assert.Equal(DateTimeOffset.MaxValue, Of(new PublishOptions { DeliverAt = DateTimeOffset.MaxValue }));
        Assert.Equal(DateTimeOffset.MaxValue, Of(new PublishOptions { DeliverAfter = DateTimeOffset.MaxValue - Now }));
    }

    [Fact]
    public void Of_BothTimes_SaysToSetOne() => AssertRefused(
        new PublishOptions { DeliverAfter = TimeSpan.FromHours(2), DeliverAt = Now },
        "DeliverAfter is 02:00:00 and DeliverAt is 2026-11-23T12:00:00.0000000+00:00.",
        "Set one of the two: new PublishOptions { DeliverAfter = TimeSpan.FromHours(1) }.");

    [Theory]
    [InlineData(-1L)]
    [InlineData(long.MinValue)]
    public void Of_ANegativeTime_SaysWhatToWrite(long ticks) => AssertRefused(
        new PublishOptions { DeliverAfter = new TimeSpan(ticks) },
        $"DeliverAfter is {new TimeSpan(ticks)}. Nothing can be delivered before it is published.",
        "Write zero or more: new PublishOptions { DeliverAfter = TimeSpan.FromHours(1) }.");

    [Fact]
    public void Of_ATimeBeyondTheEnd_SaysWhatToWrite()
    {
        AssertRefused(new PublishOptions { DeliverAfter = TimeSpan.MaxValue }, "later than any time there is", "before 9999-12-31");
        AssertRefused(
            new PublishOptions { DeliverAfter = DateTimeOffset.MaxValue - Now + TimeSpan.FromTicks(1) }, "later than any time there is", "");
    }

    [Fact]
    public async Task Publish_WithTimesThatCannotBe_ThrowsAndCountsNothing()
    {
        await using var stand = TestStand.Build(bus => bus.Subscribe<string>("s", (_, _, _) => default));

        await Assert.ThrowsAsync<ArgumentException>("options", () => stand.Bus.PublishAsync(
            "event", new PublishOptions { DeliverAfter = TimeSpan.FromSeconds(-1) }, TestStand.Cancellation).AsTask());

        Assert.Equal((0, 0), (stand.Monitor.GetStatistics().Published, stand.Monitor.GetStatistics()["s"].Delayed));
    }

    private static void AssertRefused(PublishOptions options, string what, string advice)
    {
        ArgumentException thrown = Assert.Throws<ArgumentException>(nameof(options), () => Of(options));
        Assert.Contains(what, thrown.Message, StringComparison.Ordinal);
        Assert.Contains(advice, thrown.Message, StringComparison.Ordinal);
    }

    private static DateTimeOffset? Of(PublishOptions options) => DueTime.Of(options, new FakeTimeProvider(Now));
}
