using System.Reflection;
using EventBus.Diagnostics;
using EventBus.Dispatching;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace EventBus.Tests.Diagnostics;

public sealed class LogTests
{
    private sealed record OrderPlaced(int Number = 1);

    private sealed class ThrowingObserver : IDeliveryObserver
    {
        public void Observe(in DeliveryObservation observation) => throw new InvalidOperationException("observer");
    }

    [Fact]
    public void Messages_OfTheBus_HaveFixedIdsNamesAndLevels()
    {
        IEnumerable<(int, string?, LogLevel)> messages = typeof(Log).GetMethods()
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .Select(message => (message.EventId, message.EventName, message.Level))
            .Order();

        Assert.Equal(
            [
                (1000, "EventPublished", LogLevel.Debug),
                (1001, "NoSubscriber", LogLevel.Warning),
                (1002, "PublishRejected", LogLevel.Warning),
                (1003, "EventDeduplicated", LogLevel.Debug),
                (2000, "HandlerStarted", LogLevel.Debug),
                (2001, "HandlerSucceeded", LogLevel.Debug),
                (2002, "HandlerRetrying", LogLevel.Warning),
                (2003, "HandlerFailed", LogLevel.Error),
                (2004, "FilterRejected", LogLevel.Trace),
                (2005, "HandlerAbandoned", LogLevel.Error),
                (2006, "HandlerEndedLate", LogLevel.Warning),
                (2007, "DuplicateSkipped", LogLevel.Debug),
                (2020, "OutcomeFailed", LogLevel.Error),
                (2021, "OutcomeSkipped", LogLevel.Debug),
                (3000, "DeadLettered", LogLevel.Error),
                (3001, "DeadLetterSinkFailed", LogLevel.Critical),
                (3002, "Redriven", LogLevel.Information),
                (3003, "DeadLetterEvicted", LogLevel.Warning),
                (4000, "Started", LogLevel.Information),
                (4001, "Draining", LogLevel.Information),
                (4002, "DrainTimedOut", LogLevel.Warning),
                (4003, "Stopped", LogLevel.Information),
                (4004, "ConfigurationUnused", LogLevel.Warning),
                (4005, "ObserverFailed", LogLevel.Error),
                (4006, "DelaysGivenUp", LogLevel.Warning),
                (4007, "ScheduleFactoryFailed", LogLevel.Error),
                (4008, "SchedulePublishFailed", LogLevel.Error),
                (4009, "ScheduleSkipped", LogLevel.Warning),
                (4010, "ScheduleMissed", LogLevel.Warning),
                (5000, "PatternCompiled", LogLevel.Debug),
                (5001, "PatternNeverMatches", LogLevel.Warning),
                (5002, "PatternChanged", LogLevel.Information),
            ],
            messages);
    }

    [Fact]
    public async Task Pattern_WhenBuilt_IsLogged()
    {
        await using var stand = TestStand.Build(
            bus => bus.Subscribe<OrderPlaced>("s", static (_, _, _) => default).Matching("""{ "number": [1] }"""), logs: true);

        Assert.Equal("""s takes what matches { "number": [1] }.""", Assert.Single(stand.LogsOf(5000)).Message);
    }

    [Fact]
    public async Task Pattern_ThatTheConfigurationSpoils_IsWarnedOfOnce()
    {
        ConfigurationManager configuration = new();
        await using var stand = TestStand.Build(
            bus => bus.Subscribe<OrderPlaced>("s", static (_, _, _) => default).Matching("""{ "number": [1] }"""),
            services => services.AddSingleton<IConfiguration>(configuration),
            logs: true);

        configuration["EventBus:Subscriptions:s:Pattern"] = """{ "numbr": [1] }""";
        ((IConfigurationRoot)configuration).Reload();
        ((IConfigurationRoot)configuration).Reload();

        string message = Assert.Single(stand.LogsOf(5001)).Message;
        Assert.Contains("the one before stays", message, StringComparison.Ordinal);
        Assert.Contains("'number'", message, StringComparison.Ordinal);
        Assert.Single(stand.LogsOf(5000));
    }

    // A misspelt key looks like none, and without a pattern a subscription takes everything: that must not come about unseen.
    [Fact]
    public async Task Pattern_ThatTheConfigurationChanges_IsLoggedAlsoWhenItGoes()
    {
        ConfigurationManager configuration = new();
        await using var stand = TestStand.Build(
            bus => bus.Subscribe<OrderPlaced>("s", static (_, _, _) => default),
            services => services.AddSingleton<IConfiguration>(configuration),
            logs: true);

        configuration["EventBus:Subscriptions:s:Pattern"] = """{ "number": [1] }""";
        ((IConfigurationRoot)configuration).Reload();
        configuration.Sources.Clear();

        Assert.Equal(
            [
                """The configuration has changed the patterns of s. From now on it takes what matches { "number": [1] }.""",
                "The configuration has changed the patterns of s. From now on it takes events whatever their content, as no pattern is left.",
            ],
            stand.LogsOf(5002).Select(static record => record.Message));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SuccessfulDelivery_Logs_PublishedStartedSucceeded(bool inline)
    {
        await using TestStand stand = Build((_, _, _) => default, inline);

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Assert.Equal([1000, 2000, 2001], stand.Logs.Select(record => record.Id.Id).Order());
        Assert.All(stand.Logs, record => Assert.Equal("EventBus", record.Category));
        Assert.Equal(("1", "s"), (stand.LogsOf(2001)[0].GetStructuredStateValue("Attempt"), stand.LogsOf(2001)[0].GetStructuredStateValue("Subscription")));
    }

    [Fact]
    public async Task NoSubscriber_ManyPublishesOfOneType_IsSaidOnceForEachType()
    {
        await using var stand = TestStand.Build(_ => { }, logs: true);

        for (int i = 0; i < 5; i++)
        {
            await stand.PublishAsync(new OrderPlaced());
            await stand.PublishAsync("text");
        }

        Assert.Equal(2, stand.LogsOf(1001).Count);
        Assert.Contains(stand.LogsOf(1001), record => record.Message.Contains("System.String", StringComparison.Ordinal));
        Assert.Equal(10, stand.Monitor.GetStatistics().Unmatched);
    }

    [Fact]
    public async Task NoSubscriber_EveryFilterTurnedTheEventAway_IsNotSaid()
    {
        await using TestStand stand = Build((_, _, _) => default, inline: false, builder => builder.Where(_ => false));

        await stand.PublishAsync(new OrderPlaced());

        Assert.Empty(stand.LogsOf(1001));
        FakeLogRecord record = Assert.Single(stand.LogsOf(2004));
        Assert.Equal("s", record.GetStructuredStateValue("Subscription"));
        Assert.Equal(1, stand.Monitor.GetStatistics().Unmatched);
    }

    [Fact]
    public async Task PublishRejected_FullQueue_NamesIt()
    {
        TaskCompletionSource release = new();
        await using TestStand stand = Build(
            async (_, _, _) => await release.Task,
            inline: false,
            builder => builder.Queue(queue => (queue.Capacity, queue.MaxConcurrency, queue.FullMode) = (1, 1, QueueFullMode.Reject)));

        await Assert.ThrowsAsync<QueueFullException>(async () =>
        {
            for (int i = 0; i < 3; i++)
            {
                await stand.PublishAsync(new OrderPlaced());
            }
        });

        Assert.Contains("no room in s", Assert.Single(stand.LogsOf(1002)).Message, StringComparison.Ordinal);
        release.SetResult();
        await stand.IdleAsync();
    }

    [Fact]
    public async Task Stopping_Logs_DrainingStoppedAndTheRefusedPublish()
    {
        await using TestStand stand = Build((_, _, _) => default, inline: false);
        stand.Lifetime.Start();
        await stand.PublishAsync(new OrderPlaced());

        await stand.Lifetime.StopAsync(TestStand.Cancellation);
        await Assert.ThrowsAsync<EventBus.Publishing.EventBusStoppedException>(async () => await stand.PublishAsync(new OrderPlaced()));

        Assert.Equal("1", Assert.Single(stand.LogsOf(4000)).GetStructuredStateValue("Subscriptions"));
        Assert.Single(stand.LogsOf(4001));
        Assert.Empty(stand.LogsOf(4002));
        Assert.Contains("1 accepted, 1 succeeded, 0 dead-lettered", Assert.Single(stand.LogsOf(4003)).Message, StringComparison.Ordinal);
        Assert.Contains("the bus is stopping or has stopped", Assert.Single(stand.LogsOf(1002)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DrainTimedOut_QueuedEventsAreLeft_CountsThem()
    {
        await using TestStand stand = Build(
            async (_, _, token) => await Task.Delay(Timeout.Infinite, token),
            inline: false,
            builder => builder.Queue(queue => queue.MaxConcurrency = 1));
        for (int i = 0; i < 3; i++)
        {
            await stand.PublishAsync(new OrderPlaced());
        }

        await stand.Lifetime.StopAsync(new CancellationToken(canceled: true));

        FakeLogRecord record = Assert.Single(stand.LogsOf(4002));
        Assert.Equal(("3", "0"), (record.GetStructuredStateValue("DeadLettered"), record.GetStructuredStateValue("Stuck")));
        Assert.All(await stand.LettersAsync(), letter => Assert.Equal(DeadLetterReason.Shutdown, letter.Reason));
    }

    [Fact]
    public async Task RetriesAndFailure_Log_EachRetryAndTheEnd()
    {
        await using TestStand stand = Build(
            (_, _, _) => throw new InvalidOperationException("broken"),
            inline: false,
            builder => builder.Retry(retry => (retry.MaxRetryAttempts, retry.Delay, retry.UseJitter) = (2, TimeSpan.FromSeconds(1), false)));

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();
        await stand.AdvanceAsync(TimeSpan.FromSeconds(1));
        await stand.AdvanceAsync(TimeSpan.FromSeconds(2));

        Assert.Equal(
            [("1", "00:00:01"), ("2", "00:00:02")],
            stand.LogsOf(2002).Select(record => (record.GetStructuredStateValue("Attempt"), record.GetStructuredStateValue("Delay"))));
        FakeLogRecord failed = Assert.Single(stand.LogsOf(2003));
        Assert.Equal("broken", failed.Exception?.Message);
        Assert.Equal("3", failed.GetStructuredStateValue("Attempt"));
        FakeLogRecord letter = Assert.Single(stand.LogsOf(3000));
        Assert.Equal(("RetriesExhausted", "3"), (letter.GetStructuredStateValue("Reason"), letter.GetStructuredStateValue("Attempts")));
        Assert.Equal((await stand.LetterAsync()).Id.ToString(), letter.GetStructuredStateValue("LetterId"));
    }

    [Fact]
    public async Task FilterThatThrows_Logs_ADeadLetterButNoHandlerFailure()
    {
        await using TestStand stand = Build(
            (_, _, _) => default, inline: false, builder => builder.Where(_ => throw new InvalidOperationException("filter")));

        await stand.PublishAsync(new OrderPlaced());

        Assert.Equal("FilterFailed", Assert.Single(stand.LogsOf(3000)).GetStructuredStateValue("Reason"));
        Assert.Empty(stand.LogsOf(2003));
    }

    [Fact]
    public async Task AbandonedHandler_Logs_TheLossOfItsPlaceAndItsLateEnd()
    {
        TaskCompletionSource release = new();
        await using TestStand stand = Build(
            async (_, _, _) => await release.Task,
            inline: true,
            builder => builder.Timeout(TimeSpan.FromSeconds(10)));

        ValueTask publishing = stand.PublishAsync(new OrderPlaced());
        stand.Clock.Advance(TimeSpan.FromSeconds(10));
        stand.Clock.Advance(TimeSpan.FromSeconds(2));
        await publishing;
        Assert.Single(stand.LogsOf(2005));
        Assert.Empty(stand.LogsOf(2006));
        release.SetException(new InvalidOperationException("late"));
        await stand.IdleAsync();

        Assert.Equal("late", Assert.Single(stand.LogsOf(2006)).Exception?.Message);
        Assert.Equal((1, 1), (stand.Monitor.GetStatistics()["s"].Abandoned, stand.Monitor.GetStatistics()["s"].LateEnds));
    }

    [Fact]
    public async Task ObserverThatThrows_Logs_ItsNameAndTheDeliveryGoesOn()
    {
        await using var stand = TestStand.Build(
            bus => bus.AddObserver<ThrowingObserver>().Subscribe<OrderPlaced>("s", (_, _, _) => default).Inline(),
            logs: true);

        await stand.PublishAsync(new OrderPlaced());

        Assert.Equal(3, stand.LogsOf(4005).Count);
        Assert.All(stand.LogsOf(4005), record => Assert.Equal("ThrowingObserver", record.GetStructuredStateValue("Observer")));
        Assert.Equal(1, stand.Monitor.GetStatistics()["s"].Succeeded);
    }

    private static TestStand Build(
        Func<OrderPlaced, EventContext, CancellationToken, ValueTask> handler,
        bool inline,
        Action<SubscriptionBuilder<OrderPlaced>>? configure = null) => TestStand.Build(
            bus =>
            {
                SubscriptionBuilder<OrderPlaced> builder = bus.Subscribe("s", handler);
                if (inline)
                {
                    builder.Inline();
                }

                configure?.Invoke(builder);
            },
            logs: true);
}
