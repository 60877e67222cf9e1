using System.Globalization;
using EventBus.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventBus.Tests.Scenarios;

/// <summary>Events that are published at planned times.</summary>
public sealed class ScheduleScenarios
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private sealed record Heartbeat(DateTimeOffset At);

    [Fact]
    public async Task Rate_FromTheStartOn_PublishesAtEachDistance()
    {
        Calls calls = new();
        await using ScenarioBus bus = Start(calls, builder => builder.Schedule("beat", Minute, at => new Heartbeat(at)));

        await AdvanceAsync(bus, TimeSpan.FromSeconds(59));
        Assert.Empty(calls.All);
        await AdvanceAsync(bus, Minute + Minute);

        Assert.Equal(["12:01", "12:02"], calls.All);
        ScheduleStatistics beat = Assert.Single(bus.Monitor.GetStatistics().Schedules);
        Assert.Equal(
            new ScheduleStatistics("beat", At(12, 3), At(12, 2), Published: 2, Missed: 0, Skipped: 0, Failed: 0), beat);
    }

    [Fact]
    public async Task Event_OfASchedule_HasItsNominalTimeAndNoCause()
    {
        EventMetadata? seen = null;
        await using var bus = ScenarioBus.Start(builder => builder
            .Schedule("beat", Minute, () => new OrderPlaced("1"))
            .Subscribe<OrderPlaced>("s", (_, context, _) =>
            {
                seen = context.Metadata;
                return default;
            }));

        bus.Clock.Advance(Minute + TimeSpan.FromSeconds(7));
        await bus.IdleAsync();

        Assert.Equal((At(12, 1), null, 0), (seen!.OccurredAt, seen.CausationId, seen.HopCount));
    }

    [Theory]
    [InlineData("*/15 * * * *", "12:15 12:30 12:45 13:00")]
    [InlineData("30 12 * * *", "12:30")]
    [InlineData("0 0,30 * * * *", "12:30 13:00")]
    [InlineData("0 0 13 * * MON", "13:00")]
    public async Task Cron_OfFiveOrSixFields_PublishesAtItsTimes(string cron, string times)
    {
        Calls calls = new();
        await using ScenarioBus bus = Start(
            calls, builder => builder.Schedule("cron", cron, TimeZoneInfo.Utc, at => new Heartbeat(at)));

        await AdvanceAsync(bus, TimeSpan.FromHours(1));

        Assert.Equal(times.Split(' '), calls.All);
    }

    [Theory]

    // The clocks go from 02:00 to 03:00: there is no 02:30, so it comes at the end of the gap.
    [InlineData("30 2 * * *", "2026-03-28 12:00", "2026-03-30 12:00", "29T03:00+02 30T02:30+02")]
    [InlineData("30 * * * *", "2026-03-29 00:00", "2026-03-29 03:00", "29T01:30+01 29T03:00+02 29T03:30+02 29T04:30+02")]
    [InlineData("0 * * * *", "2026-03-28 23:30", "2026-03-29 03:00", "29T01:00+01 29T03:00+02 29T04:00+02 29T05:00+02")]

    // The clocks go from 03:00 back to 02:00: a daily event comes once, an hourly one each hour that passes.
    [InlineData("30 2 * * *", "2026-10-24 12:00", "2026-10-26 12:00", "25T02:30+02 26T02:30+01")]
    [InlineData("0 * * * *", "2026-10-24 22:30", "2026-10-25 02:00", "25T01:00+02 25T02:00+02 25T02:00+01 25T03:00+01")]
    [InlineData("30 * * * *", "2026-10-24 23:00", "2026-10-25 03:00", "25T01:30+02 25T02:30+02 25T02:30+01 25T03:30+01")]
    public async Task Cron_WhenTheClocksChange_FollowsLocalTime(string cron, string fromUtc, string toUtc, string times)
    {
        Calls calls = new();
        DateTimeOffset from = Utc(fromUtc);
        await using ScenarioBus bus = Start(
            calls,
            builder => builder.Schedule("cron", cron, Berlin, at => new Heartbeat(at)),
            "dd'T'HH:mmzz",
            from);

        await AdvanceAsync(bus, Utc(toUtc) - from);

        Assert.Equal(times.Split(' '), calls.All);
    }

    [Fact]
    public async Task Rate_WhenTheClocksChange_GoesByElapsedTime()
    {
        Calls calls = new();
        DateTimeOffset from = Utc("2026-03-28 12:00");
        await using ScenarioBus bus = Start(
            calls, builder => builder.Schedule("daily", TimeSpan.FromDays(1), at => new Heartbeat(at)), "dd'T'HH:mmzz", from);

        await AdvanceAsync(bus, TimeSpan.FromDays(2));

        Assert.Equal(["29T12:00+00", "30T12:00+00"], calls.All);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Clock_PastSeveralOccurrences_PublishesTheLatestAndCountsTheOthers(bool isCron)
    {
        Calls calls = new();
        await using ScenarioBus bus = Start(calls, builder => _ = isCron
            ? builder.Schedule("s", "* * * * *", TimeZoneInfo.Utc, at => new Heartbeat(at))
            : builder.Schedule("s", Minute, at => new Heartbeat(at)));

        bus.Clock.Advance(TimeSpan.FromMinutes(90.5));
        await bus.IdleAsync();

        Assert.Equal(["13:30"], calls.All);
        ScheduleStatistics statistics = Assert.Single(bus.Monitor.GetStatistics().Schedules);
        Assert.Equal((1, 89, At(13, 31)), (statistics.Published, statistics.Missed, statistics.NextAt));
        Assert.Contains(Logs(bus), line => line.StartsWith("4010 The schedule s has missed 89 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Occurrence_WhileTheLastIsHeldBackByAFullQueue_IsSkipped()
    {
        TaskCompletionSource gate = new();
        await using var bus = ScenarioBus.Start(
            builder => builder
                .Schedule("beat", Minute, at => new Heartbeat(at))
                .Subscribe<Heartbeat>("slow", async (_, _, _) => await gate.Task)
                .Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (1, 1)),
            services => services.AddLogging().AddSingleton<ILoggerProvider, LogLines>());

        // One runs, one is queued, the third is held back, the fourth and fifth are skipped.
        for (int i = 1; i <= 5; i++)
        {
            bus.Clock.Advance(Minute);
            await UntilAsync(() => Assert.Single(bus.Monitor.GetStatistics().Schedules) is { } now
                && now.NextAt > bus.Clock.GetUtcNow() && now.Published + now.Skipped >= Math.Min(i, 2) + Math.Max(0, i - 3));
        }

        ScheduleStatistics held = Assert.Single(bus.Monitor.GetStatistics().Schedules);
        Assert.Equal((2, 2, 0), (held.Published, held.Skipped, held.Failed));
        gate.SetResult();
        await UntilAsync(() => bus.Monitor.GetStatistics().Schedules[0].Published == 3);
        await bus.IdleAsync();
        bus.Clock.Advance(Minute);
        await bus.IdleAsync();

        Assert.Equal((4, 4), (bus.Monitor.GetStatistics().Schedules[0].Published, bus["slow"].Succeeded));
        Assert.Equal(2, Logs(bus).Count(line => line.StartsWith("4009 The schedule beat skips", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Factory_ThatThrows_IsLoggedAndTheScheduleGoesOn()
    {
        Calls calls = new();
        int made = 0;
        await using ScenarioBus bus = Start(calls, builder => builder.Schedule(
            "beat", Minute, at => ++made == 1 ? throw new InvalidOperationException("no heart") : new Heartbeat(at)));

        await AdvanceAsync(bus, Minute + Minute);

        Assert.Equal(["12:02"], calls.All);
        ScheduleStatistics beat = Assert.Single(bus.Monitor.GetStatistics().Schedules);
        Assert.Equal((1, 1, At(12, 2)), (beat.Published, beat.Failed, beat.LastAt));
        Assert.StartsWith("4007 The schedule beat could not make its event", Assert.Single(Logs(bus), Is("4007")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queue_ThatRefusesAnEventOfASchedule_IsLoggedAndTheScheduleGoesOn()
    {
        TaskCompletionSource gate = new();
        await using var bus = ScenarioBus.Start(
            builder => builder
                .Schedule("beat", Minute, at => new Heartbeat(at))
                .Subscribe<Heartbeat>("slow", async (_, _, _) => await gate.Task)
                .Queue(queue => (queue.Capacity, queue.MaxConcurrency, queue.FullMode) = (1, 1, QueueFullMode.Reject)),
            services => services.AddLogging().AddSingleton<ILoggerProvider, LogLines>());

        for (int i = 1; i <= 3; i++)
        {
            bus.Clock.Advance(Minute);
            await UntilAsync(() => bus.Monitor.GetStatistics().Schedules[0] is { } now && now.Published + now.Failed == i
                && bus["slow"].Running == 1);
        }

        Assert.Equal((2, 1), (bus.Monitor.GetStatistics().Schedules[0].Published, bus.Monitor.GetStatistics().Schedules[0].Failed));
        Assert.Single(Logs(bus), Is("4008"));
        gate.SetResult();
        await bus.IdleAsync();
        bus.Clock.Advance(Minute);
        await bus.IdleAsync();
        Assert.Equal(3, bus["slow"].Succeeded);
    }

    [Fact]
    public async Task Schedule_UnderAHost_BeginsWhenTheApplicationHasStartedAndEndsBeforeTheBus()
    {
        Calls calls = new();
        ServiceCollection services = new();
        FakeClock(services, out Microsoft.Extensions.Time.Testing.FakeTimeProvider clock);
        services.AddSingleton<IHostApplicationLifetime>(new NoLifetime());
        services.AddEventBus(builder => builder
            .Schedule("beat", Minute, at => new Heartbeat(at))
            .Subscribe<Heartbeat>("s", (beat, _, _) => calls.Note($"{beat.At:HH:mm}")));
        await using ServiceProvider provider = services.BuildServiceProvider();
        IEventBusMonitor monitor = provider.GetRequiredService<IEventBusMonitor>();
        IHostedLifecycleService service = Assert.IsAssignableFrom<IHostedLifecycleService>(
            Assert.Single(provider.GetServices<IHostedService>()));

        await service.StartAsync(default);
        await TurnAsync(Minute + Minute);
        Assert.Empty(calls.All);
        Assert.Null(monitor.GetStatistics().Schedules[0].NextAt);

        await service.StartedAsync(default);
        await TurnAsync(Minute);
        Assert.Equal(["12:03"], calls.All);

        await ScenarioBus.Soon(service.StopAsync(default));
        await TurnAsync(Minute);
        Assert.Equal(["12:03"], calls.All);
        Assert.Equal((1, 0, null), monitor.GetStatistics().Schedules[0] is { } end ? (end.Published, end.Failed, end.NextAt) : default);

        async Task TurnAsync(TimeSpan time)
        {
            clock.Advance(time);
            await ScenarioBus.Soon(monitor.WhenIdleAsync().AsTask());
        }
    }

    [Fact]
    public async Task Schedule_UnderARealHost_RunsFromStartToStop()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        FakeClock(builder.Services, out Microsoft.Extensions.Time.Testing.FakeTimeProvider clock);
        Calls calls = new();
        builder.Services.AddEventBus(bus => bus
            .Schedule("beat", Minute, at => new Heartbeat(at))
            .Subscribe<Heartbeat>("s", (beat, _, _) => calls.Note($"{beat.At:HH:mm}")));
        using IHost host = builder.Build();
        IEventBusMonitor monitor = host.Services.GetRequiredService<IEventBusMonitor>();
        clock.Advance(Minute);
        await ScenarioBus.Soon(host.StartAsync());

        clock.Advance(Minute);
        await ScenarioBus.Soon(monitor.WhenIdleAsync().AsTask());
        await ScenarioBus.Soon(host.StopAsync());

        Assert.Equal(["12:02"], calls.All);
    }

    [Fact]
    public async Task Logger_ThatThrows_DoesNotEndASchedule()
    {
        Calls calls = new();
        int made = 0;
        await using var bus = ScenarioBus.Start(
            builder => builder
                .Schedule("beat", Minute, at => ++made == 1 ? throw new InvalidOperationException() : new Heartbeat(at))
                .Subscribe<Heartbeat>("s", (beat, _, _) => calls.Note($"{beat.At:HH:mm}")),
            services => services.AddLogging().AddSingleton<ILoggerProvider>(new LogLines { Throws = true }));

        bus.Clock.Advance(Minute);
        await bus.IdleAsync();
        bus.Clock.Advance(Minute + Minute);
        await bus.IdleAsync();
        bus.Clock.Advance(Minute);
        await bus.IdleAsync();

        Assert.Equal(["12:03", "12:04"], calls.All);
    }

    [Fact]
    public async Task Schedules_OfOneBus_DoNotDisturbEachOther()
    {
        Calls calls = new();
        await using ScenarioBus bus = Start(calls, builder =>
        {
            builder.Schedule<Heartbeat>("broken", Minute, () => throw new InvalidOperationException());
            builder.Schedule("beat", Minute, at => new Heartbeat(at));
        });

        await AdvanceAsync(bus, Minute + Minute);

        Assert.Equal(["12:01", "12:02"], calls.All);
        Assert.Equal(["broken", "beat"], bus.Monitor.GetStatistics().Schedules.Select(each => each.Name));
    }

    private static ScenarioBus Start(
        Calls calls, Action<EventBusBuilder> configure, string format = "HH:mm", DateTimeOffset? now = null) => ScenarioBus.Start(
        builder =>
        {
            configure(builder);
            builder.Subscribe<Heartbeat>(
                "s", (beat, _, _) => calls.Note(beat.At.ToString(format, CultureInfo.InvariantCulture))).Queue(queue => queue.MaxConcurrency = 1);
        },
        services => services.AddLogging().AddSingleton<ILoggerProvider, LogLines>(),
        now);

    // From occurrence to occurrence: one great step is what a machine that slept sees.
    private static async Task AdvanceAsync(ScenarioBus bus, TimeSpan time)
    {
        DateTimeOffset end = bus.Clock.GetUtcNow() + time;
        while (bus.Monitor.GetStatistics().Schedules.Min(each => each.NextAt) is { } next && next <= end)
        {
            bus.Clock.Advance(next - bus.Clock.GetUtcNow());
            await bus.IdleAsync();
        }

        bus.Clock.Advance(end - bus.Clock.GetUtcNow());
        await bus.IdleAsync();
    }

    private static void FakeClock(IServiceCollection services, out Microsoft.Extensions.Time.Testing.FakeTimeProvider clock)
    {
        clock = new(At(12, 0));
        services.RemoveAll<TimeProvider>();
        services.AddSingleton<TimeProvider>(clock);
    }

    private static DateTimeOffset At(int hour, int minute) => new(2026, 11, 23, hour, minute, 0, TimeSpan.Zero);

    private static DateTimeOffset Utc(string time) =>
        DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static string[] Logs(ScenarioBus bus) =>
        bus.Services.GetServices<ILoggerProvider>().OfType<LogLines>().Single().All;

    private static Predicate<string> Is(string id) => line => line.StartsWith(id, StringComparison.Ordinal);

    private static Task UntilAsync(Func<bool> condition) => ScenarioBus.Soon(Task.Run(async () =>
    {
        while (!condition())
        {
            await Task.Yield();
        }
    }));

    private sealed class LogLines : ILoggerProvider, ILogger
    {
        private readonly Calls _lines = new();

        public string[] All => [.. _lines.All];

        public bool Throws { get; init; }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            _lines.Add($"{eventId.Id} {formatter(state, exception)}");
            if (Throws)
            {
                throw new InvalidOperationException("The logger is broken.");
            }
        }

        public void Dispose()
        {
        }
    }

    private sealed class NoLifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication()
        {
        }
    }
}
