using EventBus.Scheduling;

namespace EventBus.Tests.Scheduling;

public sealed class ScheduleValidatorTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("0 3 * * *")]
    [InlineData("  0   3 * * *  ")]
    [InlineData("*/5 0 3 * * *")]
    [InlineData("0 3 L * *")]
    [InlineData("0 3 * * MON#2")]
    [InlineData("0 0 29 2 *")]
    [InlineData("@hourly")]
    public void Check_CronThatComes_IsValid(string cron) => Assert.Empty(ScheduleValidator.Check([Cron("s", cron)], Now));

    [Theory]
    [InlineData("")]
    [InlineData("0 3 * *")]
    [InlineData("0 25 * * *")]
    [InlineData("0 0 0 3 * * *")]
    [InlineData("every night")]
    public void Check_CronThatCannotBeRead_SaysHowToWriteIt(string cron)
    {
        string problem = Assert.Single(ScheduleValidator.Check([Cron("nightly", cron)], Now));

        Assert.StartsWith(
            $"The schedule 'nightly' has the cron expression '{cron}', which cannot be read: ", problem, StringComparison.Ordinal);
        Assert.EndsWith("such as \"0 3 * * *\" for three o'clock each night.", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "it has 0 fields.")]
    [InlineData("@hourl", "it has one field.")]
    [InlineData("0 3 * *", "it has 4 fields.")]
    [InlineData("0 0 0 3 * * *", "it has 7 fields.")]
    [InlineData("0 25 * * *", "Hours: Value must be a number between 0 and 23 (all inclusive).")]
    public void Check_CronThatCannotBeRead_SaysWhatIsWrong(string cron, string cause) =>
        Assert.Contains(cause, Assert.Single(ScheduleValidator.Check([Cron("nightly", cron)], Now)), StringComparison.Ordinal);

    [Fact]
    public void Check_CronThatNeverComes_IsRefused() => Assert.Contains(
        "such a time never comes", Assert.Single(ScheduleValidator.Check([Cron("s", "0 0 30 2 *")], Now)), StringComparison.Ordinal);

    [Theory]
    [InlineData(1L)]
    [InlineData(3650L * 24 * 60 * 60 * 1000)]
    public void Check_RateAtABoundary_IsValid(long milliseconds) =>
        Assert.Empty(ScheduleValidator.Check([Rate("s", TimeSpan.FromMilliseconds(milliseconds))], Now));

    [Theory]
    [InlineData(0L)]
    [InlineData(-1L)]
    [InlineData(TimeSpan.TicksPerMillisecond - 1)]
    [InlineData((3650L * TimeSpan.TicksPerDay) + 1)]
    [InlineData(long.MaxValue)]
    public void Check_RateOutOfRange_SaysWhatToWrite(long ticks)
    {
        string problem = Assert.Single(ScheduleValidator.Check([Rate("beat", new TimeSpan(ticks))], Now));

        Assert.StartsWith($"The schedule 'beat' publishes every {new TimeSpan(ticks)}.", problem, StringComparison.Ordinal);
        Assert.Contains("bus.Schedule(\"heartbeat\", TimeSpan.FromSeconds(30)", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_NamesThatDifferInCaseAlone_AreRefused() => Assert.StartsWith(
        "2 schedules are named 'beat'.",
        Assert.Single(ScheduleValidator.Check([Rate("beat", TimeSpan.FromHours(1)), Cron("Beat", "* * * * *")], Now)),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a:b")]
    public void Check_MalformedName_SaysWhatIsAllowed(string name) => Assert.StartsWith(
        $"'{name}' cannot name a schedule.",
        Assert.Single(ScheduleValidator.Check([Rate(name, TimeSpan.FromHours(1))], Now)),
        StringComparison.Ordinal);

    [Fact]
    public void Check_SeveralProblems_TellsAll() =>
        Assert.Equal(4, ScheduleValidator.Check([Rate("a b", TimeSpan.Zero), Cron("A B", "* * * * *")], Now).Count());

    internal static ScheduleDefinition Cron(string name, string cron) => new(name, _ => _ => default) { Cron = cron };

    internal static ScheduleDefinition Rate(string name, TimeSpan every) => new(name, _ => _ => default) { Every = every };
}
