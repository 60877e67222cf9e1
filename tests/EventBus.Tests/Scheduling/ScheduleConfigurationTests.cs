using EventBus.Scheduling;
using EventBus.Subscriptions;
using Microsoft.Extensions.Options;

namespace EventBus.Tests.Scheduling;

public sealed class ScheduleConfigurationTests
{
    private sealed record Heartbeat;

    private readonly ScheduleDefinition _cron = ScheduleValidatorTests.Cron("nightly", "0 3 * * *");

    private readonly ScheduleDefinition _rate = ScheduleValidatorTests.Rate("beat", TimeSpan.FromMinutes(1));

    [Fact]
    public void Apply_EveryKey_Overrides()
    {
        Assert.Empty(Apply(("NIGHTLY:Cron", "0 4 * * *"), ("nightly:TimeZone", "Europe/Berlin"), ("beat:Every", "00:00:30")));

        Assert.Equal(("0 4 * * *", "Europe/Berlin"), (_cron.Cron, _cron.Zone.Id));
        Assert.Equal(TimeSpan.FromSeconds(30), _rate.Every);
    }

    [Theory]
    [InlineData("nightly:Cro", "0 4 * * *", "Did you mean 'Cron'? Known are: Cron, TimeZone.")]
    [InlineData("nightly:Every", "00:01:00", "Known are: Cron, TimeZone.")]
    [InlineData("beat:Cron", "0 4 * * *", "Known are: Every.")]
    [InlineData("beat:Every", "30", "Write a time such as 00:00:30")]
    [InlineData("nightly:TimeZone", "Europe/Atlantis", "Write the id of one, such as Europe/Berlin or UTC.")]
    [InlineData("nightl:Cron", "0 4 * * *", "but no schedule has that name. Did you mean 'nightly'? Known are: nightly, beat.")]
    public void Apply_Mistake_SaysWhatToWrite(string key, string value, string advice) =>
        Assert.Contains(advice, Assert.Single(Apply((key, value))), StringComparison.Ordinal);

    [Fact]
    public void Apply_WithoutAnySchedule_SaysSo() => Assert.EndsWith(
        "Known are: none.",
        Assert.Single(ScheduleConfiguration.Apply(Read(("beat:Every", "00:00:30")), [])),
        StringComparison.Ordinal);

    [Fact]
    public async Task Bus_WithASchedule_TakesTheConfigurationsWord()
    {
        await using var stand = TestStand.Build(
            bus => bus.Schedule("beat", TimeSpan.FromHours(1), () => new Heartbeat()),
            settings: ("EventBus:Schedules:beat:Every", "00:05:00"));

        Assert.Equal(stand.Clock.GetUtcNow().AddMinutes(5), Assert.Single(stand.Monitor.GetStatistics().Schedules).NextAt);
    }

    [Fact]
    public void Bus_WithSeveralMistakes_NamesThemTogetherWithAllOthers()
    {
        OptionsValidationException thrown = Assert.Throws<OptionsValidationException>(() => TestStand.Build(
            bus =>
            {
                bus.Schedule("beat", TimeSpan.Zero, () => new Heartbeat());
                bus.Schedule("nightly", "at night", TimeZoneInfo.Utc, () => new Heartbeat());
                bus.Subscribe<Heartbeat>("s", (_, _, _) => default).Timeout(TimeSpan.Zero);
            },
            settings: ("EventBus:Schedules:night:Cron", "0 3 * * *")));

        Assert.Equal(4, thrown.Failures.Count());
    }

    [Fact]
    public void Schedule_NullArguments_AreRefusedAtTheCall() => TestStand.Collection(bus =>
    {
        Assert.Throws<ArgumentNullException>("name", () => bus.Schedule(null!, "* * * * *", TimeZoneInfo.Utc, () => new Heartbeat()));
        Assert.Throws<ArgumentNullException>("cron", () => bus.Schedule("s", null!, TimeZoneInfo.Utc, () => new Heartbeat()));
        Assert.Throws<ArgumentNullException>("timeZone", () => bus.Schedule("s", "* * * * *", null!, () => new Heartbeat()));
        Assert.Throws<ArgumentNullException>("factory", () => bus.Schedule("s", "* * * * *", TimeZoneInfo.Utc, (Func<Heartbeat>)null!));
        Assert.Throws<ArgumentNullException>("name", () => bus.Schedule(null!, TimeSpan.FromHours(1), () => new Heartbeat()));
        Assert.Throws<ArgumentNullException>("factory", () => bus.Schedule("s", TimeSpan.FromHours(1), (Func<Heartbeat>)null!));
    });

    private IEnumerable<string> Apply(params (string Key, string? Value)[] settings) =>
        ScheduleConfiguration.Apply(Read(settings), [_cron, _rate]);

    private static BusConfiguration Read(params (string Key, string? Value)[] settings) =>
        new(TestStand.Configuration([.. settings.Select(each => ($"EventBus:Schedules:{each.Key}", each.Value))]));
}
