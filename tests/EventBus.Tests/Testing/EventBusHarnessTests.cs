using EventBus.DeadLettering;
using EventBus.Delivering;
using EventBus.Diagnostics;
using EventBus.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace EventBus.Tests.Testing;

public sealed class EventBusHarnessTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private sealed record OrderPlaced(string Id);

    private sealed record StockReserved(string OrderId);

    private sealed class ReserveStock(List<string> reserved) : IEventHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(OrderPlaced @event, EventContext context, CancellationToken cancellationToken)
        {
            reserved.Add(@event.Id);
            return default;
        }
    }

    [Fact]
    public async Task Start_WithServices_GivesThemToHandlers()
    {
        List<string> reserved = [];
        await using var harness = EventBusHarness.Start(
            bus => bus.Subscribe<OrderPlaced, ReserveStock>("stock"), services => services.AddSingleton(reserved));

        await harness.Bus.PublishAsync(new OrderPlaced("A"), Cancellation);
        await harness.WhenIdleAsync(cancellationToken: Cancellation);

        Assert.Equal(["A"], reserved);
        Assert.Same(reserved, harness.Services.GetRequiredService<List<string>>());
    }

    [Fact]
    public void Start_WithTwoSubscriptionsOfOneName_TellsAtOnce()
    {
        static void Configure(EventBusBuilder bus)
        {
            bus.Subscribe<OrderPlaced>("stock", (_, _, _) => default);
            bus.Subscribe<OrderPlaced>("stock", (_, _, _) => default);
        }

        OptionsValidationException exception = Assert.Throws<OptionsValidationException>(() => EventBusHarness.Start(Configure));

        Assert.Contains("'stock'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithAClockAmongTheServices_RunsOnIt()
    {
        FakeTimeProvider clock = new(new DateTimeOffset(2030, 5, 1, 0, 0, 0, TimeSpan.Zero));
        await using var harness = EventBusHarness.Start(
            bus => bus.Subscribe<OrderPlaced>("stock", (_, _, _) => default), services => services.AddSingleton<TimeProvider>(clock));

        await harness.Bus.PublishAsync(new OrderPlaced("A"), Cancellation);

        Assert.Same(clock, harness.Clock);
        Assert.Equal(clock.GetUtcNow(), harness.Recorder.Published<OrderPlaced>().Single().RecordedAt);
        Assert.Equal(clock.GetUtcNow(), harness.Recorder.Published<OrderPlaced>().Single().Metadata.OccurredAt);
    }

    [Fact]
    public async Task WhenIdle_WithADelayedEvent_LeavesItWaiting()
    {
        await using var harness = EventBusHarness.Start(bus => bus.Subscribe<OrderPlaced>("stock", (_, _, _) => default));

        await harness.Bus.PublishAsync(new OrderPlaced("A"), new PublishOptions { DeliverAfter = TimeSpan.FromDays(30) }, Cancellation);
        await harness.WhenIdleAsync(cancellationToken: Cancellation);

        Assert.Equal(1, harness.Monitor.GetStatistics()["stock"].Delayed);
        harness.ShouldNotHaveHandled<OrderPlaced>("stock");
    }

    [Fact]
    public async Task DeliverDelayed_WithDelaysRetriesAndDelaysOfHandlers_TurnsToEachUntilNoneIsLeft()
    {
        List<double> attempts = [];
        EventBusHarness? harness = null;
        harness = EventBusHarness.Start(bus => bus
            .Subscribe<OrderPlaced>("stock", async (order, context, cancellationToken) =>
            {
                attempts.Add((harness!.Clock.GetUtcNow() - new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero)).TotalMinutes);
                if (context.HopCount == 0 && context.Attempt == 2)
                {
                    await harness.Bus.PublishAsync(order, new PublishOptions { DeliverAfter = TimeSpan.FromHours(1) }, cancellationToken);
                }
                else if (context.HopCount == 0)
                {
                    throw new InvalidOperationException("first");
                }
            })
            .Retry(RetryPreset.LambdaAsync));
        await using (harness)
        {
            await harness.Bus.PublishAsync(new OrderPlaced("A"), new PublishOptions { DeliverAfter = TimeSpan.FromHours(2) }, Cancellation);
            await harness.DeliverDelayedAsync(Cancellation);

            Assert.Equal([120, 121, 181], attempts);
            harness.ShouldBeConserved();
        }
    }

    [Fact]
    public async Task Advance_WithASchedule_PublishesEachOccurrenceAtItsTime()
    {
        await using var harness = EventBusHarness.Start(bus => bus
            .Schedule("nightly", "0 3 * * *", TimeZoneInfo.Utc, at => new OrderPlaced($"{at:dd HH:mm}"))
            .Subscribe<OrderPlaced>("stock", (_, _, _) => default));

        await harness.AdvanceAsync(TimeSpan.FromDays(3), Cancellation);

        Assert.Equal(
            ["01 03:00", "02 03:00", "03 03:00"], harness.Recorder.Handled<OrderPlaced>("stock").Select(each => each.Event.Id));
        Assert.Equal(0, harness.Monitor.GetStatistics().Schedules[0].Missed);
    }

    [Fact]
    public async Task WhenIdle_WithRetriesWaiting_MakesEachAtItsExactTime()
    {
        List<double> attempts = [];
        await using EventBusHarness harness = Failing(attempts, RetryPreset.LambdaAsync);

        await harness.Bus.PublishAsync(new OrderPlaced("A"), Cancellation);
        await harness.WhenIdleAsync(cancellationToken: Cancellation);

        Assert.Equal([0, 60, 180], attempts);
        harness.ShouldHaveRetried<OrderPlaced>("stock", times: 2);
        RecordedEvent<OrderPlaced> letter =
            Assert.Single(harness.ShouldHaveDeadLettered<OrderPlaced>("stock", DeadLetterReason.RetriesExhausted));
        Assert.Equal(3, letter.Attempt);
        Assert.Equal(TimeSpan.FromSeconds(180), letter.Elapsed);
        harness.ShouldBeConserved();
    }

    [Fact]
    public async Task WhenIdle_WithJitter_StillMakesEveryRetry()
    {
        List<double> attempts = [];
        await using EventBusHarness harness = Failing(attempts, RetryPreset.EventBridge);

        await harness.Bus.PublishAsync(new OrderPlaced("A"), Cancellation);
        await harness.WhenIdleAsync(cancellationToken: Cancellation);

        harness.ShouldHaveDeadLettered<OrderPlaced>("stock", times: 1);
        Assert.Equal(harness.Recorder.Retried<OrderPlaced>().Count + 1, attempts.Count);
        Assert.Null(harness.Monitor.GetStatistics().NextRetryAt);
    }

    [Fact]
    public async Task Retry_ThatSucceedsBeforeTheLast_IsTheLastAttempt()
    {
        await using var harness = EventBusHarness.Start(bus => bus
            .Subscribe<OrderPlaced>("stock", (_, context, _) =>
                context.Attempt == 1 ? throw new InvalidOperationException("first") : default)
            .Retry(RetryPreset.LambdaAsync));

        await harness.Bus.PublishAsync(new OrderPlaced("A"), Cancellation);
        await harness.WhenIdleAsync(cancellationToken: Cancellation);

        harness.ShouldHaveRetried<OrderPlaced>("stock", times: 1);
        Assert.Equal(2, Assert.Single(harness.ShouldHaveHandled<OrderPlaced>("stock")).Attempt);
    }

    [Fact]
    public async Task WhenIdle_WithoutTheClock_EndsBeforeTheRetry()
    {
        List<double> attempts = [];
        await using EventBusHarness harness = Failing(attempts, RetryPreset.LambdaAsync);
        DateTimeOffset start = harness.Clock.GetUtcNow();

        await harness.Bus.PublishAsync(new OrderPlaced("A"), Cancellation);
        await harness.WhenIdleAsync(advanceClock: false, Cancellation);

        Assert.Equal([0], attempts);
        Assert.Equal(start, harness.Clock.GetUtcNow());
        Assert.Equal(1, harness.Monitor.GetStatistics()["stock"].WaitingForRetry);
    }

    [Fact]
    public async Task WhenIdle_WithEventsPublishedByRetriedHandlers_WaitsForThoseToo()
    {
        IEventBus? publisher = null;
        await using var harness = EventBusHarness.Start(bus =>
        {
            bus.Subscribe<OrderPlaced>("stock", (order, context, cancellationToken) => context.Attempt == 1
                ? throw new InvalidOperationException("first")
                : publisher!.PublishAsync(new StockReserved(order.Id), cancellationToken)).Retry(OnceAfterAMinute);
            bus.Subscribe<StockReserved>("ship", (_, context, _) => context.Attempt == 1
                ? throw new InvalidOperationException("first")
                : default).Retry(OnceAfterAMinute);
        });
        publisher = harness.Bus;

        await harness.Bus.PublishAsync(new OrderPlaced("A"), Cancellation);
        await harness.WhenIdleAsync(cancellationToken: Cancellation);

        RecordedEvent<StockReserved> shipped = Assert.Single(harness.ShouldHaveHandled<StockReserved>("ship"));
        Assert.Equal(2, shipped.Attempt);
        Assert.Equal(TimeSpan.FromSeconds(120), shipped.Elapsed);
    }

    [Fact]
    public async Task WhenIdle_WithAPublisherHeldUpByInlineRetries_TurnsTheClockForIt()
    {
        List<double> attempts = [];
        await using EventBusHarness harness = Failing(attempts, RetryPreset.LambdaAsync, inline: true);

        var publishing = harness.Bus.PublishAsync(new OrderPlaced("A"), Cancellation).AsTask();
        await harness.WhenIdleAsync(cancellationToken: Cancellation);
        await publishing;

        Assert.Equal([0, 60, 180], attempts);
        harness.ShouldHaveDeadLettered<OrderPlaced>("stock");
    }

    [Fact]
    public async Task WhenIdle_WithAHangingHandler_TellsWhoIsStillAtWork()
    {
        TaskCompletionSource started = new();
        TaskCompletionSource never = new();
        await using var harness = EventBusHarness.Start(bus =>
        {
            bus.Subscribe<OrderPlaced>("stock", (_, _, _) =>
            {
                started.TrySetResult();
                return new ValueTask(never.Task);
            }).Queue(queue => queue.MaxConcurrency = 1);
            bus.Subscribe<OrderPlaced>("audit", (_, _, _) => default).Inline();
        });
        harness.IdleTimeout = TimeSpan.FromMilliseconds(1);
        await harness.Bus.PublishAsync(new OrderPlaced("A"), Cancellation);
        await harness.Bus.PublishAsync(new OrderPlaced("B"), Cancellation);
        await started.Task;

        EventBusAssertionException exception = await Assert.ThrowsAsync<EventBusAssertionException>(
            () => harness.WhenIdleAsync(cancellationToken: Cancellation));

        Assert.Equal(
            """
            The bus was not idle after 0.001 s of real time.
            Still at work are:
              'stock': 2 accepted, 1 queued, 1 running
            Look for a handler that waits for something the test must do. One that waits for the clock, or for its timeout, needs Clock.Advance.
            What did happen, by the bus's clock since the recording began:
              +0 s #1 published: OrderPlaced { Id = A }
              +0 s #1 accepted by 'stock'
              +0 s #1 accepted by 'audit'
              +0 s #1 handled by 'audit', attempt 1
              +0 s #2 published: OrderPlaced { Id = B }
              +0 s #2 accepted by 'stock'
              +0 s #2 accepted by 'audit'
              +0 s #2 handled by 'audit', attempt 1
            Subscriptions:
              'stock': 2 accepted, 1 queued, 1 running
              'audit': 2 accepted, 2 handled
            """,
            exception.Message,
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public async Task WhenIdle_WithARetryThatHangs_TellsInTimeToo()
    {
        TaskCompletionSource never = new();
        await using var harness = EventBusHarness.Start(bus => bus
            .Subscribe<OrderPlaced>("stock", (_, context, _) => context.Attempt == 1
                ? throw new InvalidOperationException("first")
                : new ValueTask(never.Task))
            .Retry(RetryPreset.LambdaAsync));
        harness.IdleTimeout = TimeSpan.FromMilliseconds(200);
        await harness.Bus.PublishAsync(new OrderPlaced("A"), Cancellation);

        EventBusAssertionException exception = await Assert.ThrowsAsync<EventBusAssertionException>(
            () => harness.WhenIdleAsync(cancellationToken: Cancellation));

        Assert.Contains("'stock': 1 accepted, 1 running, 1 retry", exception.Message, StringComparison.Ordinal);
        Assert.Contains("#1 to be retried by 'stock', attempt 1, InvalidOperationException: first", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhenIdle_WithItsTokenCancelled_EndsByTheToken()
    {
        TaskCompletionSource never = new();
        await using var harness = EventBusHarness.Start(
            bus => bus.Subscribe<OrderPlaced>("stock", (_, _, _) => new ValueTask(never.Task)));
        await harness.Bus.PublishAsync(new OrderPlaced("A"), Cancellation);
        using CancellationTokenSource cancellation = new();

        Task waiting = harness.WhenIdleAsync(cancellationToken: cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task WhenIdle_WithARetryOnTheSystemClock_TellsThatItCannotTurnIt()
    {
        ServiceCollection services = new();
        services.AddEventBus(bus => bus
            .Subscribe<OrderPlaced>("stock", (_, _, _) => throw new InvalidOperationException("no")).Retry(RetryPreset.LambdaAsync));
        services.AddEventBusRecorder();
        await using ServiceProvider provider = services.BuildServiceProvider();
        var harness = EventBusHarness.Attach(provider);
        await harness.Bus.PublishAsync(new OrderPlaced("A"), Cancellation);

        InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => harness.WhenIdleAsync(cancellationToken: Cancellation));
        await harness.WhenIdleAsync(advanceClock: false, Cancellation);

        Assert.Contains("AddEventBusRecorder", exception.Message, StringComparison.Ordinal);
        ((IDisposable)provider).Dispose();
    }

    [Fact]
    public async Task Advance_AcrossSeveralRetries_MakesEachAtItsExactTime()
    {
        List<double> attempts = [];
        await using EventBusHarness harness = Failing(attempts, RetryPreset.LambdaAsync);
        DateTimeOffset start = harness.Clock.GetUtcNow();
        await harness.Bus.PublishAsync(new OrderPlaced("A"), Cancellation);

        await harness.AdvanceAsync(TimeSpan.FromSeconds(59), Cancellation);
        double[] before = [.. attempts];
        await harness.AdvanceAsync(TimeSpan.FromHours(1), Cancellation);

        Assert.Equal([0], before);
        Assert.Equal([0, 60, 180], attempts);
        Assert.Equal(start + TimeSpan.FromSeconds(59) + TimeSpan.FromHours(1), harness.Clock.GetUtcNow());
    }

    [Fact]
    public async Task Advance_ToTheTimeOfARetry_MakesIt()
    {
        List<double> attempts = [];
        await using EventBusHarness harness = Failing(attempts, RetryPreset.LambdaAsync);
        await harness.Bus.PublishAsync(new OrderPlaced("A"), Cancellation);

        await harness.AdvanceAsync(TimeSpan.FromSeconds(60), Cancellation);

        Assert.Equal([0, 60], attempts);
    }

    [Fact]
    public async Task Advance_ByLessThanZero_IsRefused()
    {
        await using var harness = EventBusHarness.Start(_ => { });

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => harness.AdvanceAsync(TimeSpan.FromTicks(-1), Cancellation));
    }

    [Fact]
    public async Task Clock_TurnedPastTheTimeout_EndsAHandlerThatWaitsForItsToken()
    {
        TaskCompletionSource started = new();
        await using var harness = EventBusHarness.Start(bus => bus
            .Subscribe<OrderPlaced>("stock", async (_, _, cancellationToken) =>
            {
                started.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            })
            .Timeout(TimeSpan.FromSeconds(10))
            .Retry(RetryPreset.None));
        await harness.Bus.PublishAsync(new OrderPlaced("A"), Cancellation);
        await started.Task;

        harness.Clock.Advance(TimeSpan.FromSeconds(10));
        await harness.WhenIdleAsync(cancellationToken: Cancellation);

        Assert.Single(harness.ShouldHaveDeadLettered<OrderPlaced>("stock", DeadLetterReason.TimedOut));
    }

    [Fact]
    public async Task DeadLetters_RedrivenAndWaitedFor_AreHandled()
    {
        bool isBroken = true;
        await using var harness = EventBusHarness.Start(bus => bus.Subscribe<OrderPlaced>(
            "stock", (_, _, _) => isBroken ? throw new InvalidOperationException("no") : default));
        await harness.Bus.PublishAsync(new OrderPlaced("A"), Cancellation);
        await harness.WhenIdleAsync(cancellationToken: Cancellation);
        DeadLetter letter = await harness.DeadLetters.QueryAsync(cancellationToken: Cancellation).SingleAsync(Cancellation);

        isBroken = false;
        await harness.DeadLetters.RedriveAsync(letter.Id, Cancellation);
        await harness.WhenIdleAsync(cancellationToken: Cancellation);

        Assert.Single(harness.ShouldHaveHandled<OrderPlaced>("stock"));
        Assert.Contains(harness.Recorder.Entries, entry => entry.Stage == DeliveryStage.Redriven);
        harness.ShouldBeConserved();
    }

    [Fact]
    public async Task Attach_ToAnApplicationsHost_RecordsAndTurnsItsClock()
    {
        FakeTimeProvider clock = new();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddEventBus(bus => bus
            .Subscribe<OrderPlaced>("stock", (_, _, _) => throw new InvalidOperationException("no")).Retry(RetryPreset.LambdaAsync));
        builder.Services.AddEventBusRecorder(clock);
        using IHost host = builder.Build();
        await host.StartAsync(Cancellation);
        var harness = EventBusHarness.Attach(host.Services);

        await host.Services.GetRequiredService<IEventPublisher<OrderPlaced>>().PublishAsync(new OrderPlaced("A"), Cancellation);
        await harness.WhenIdleAsync(cancellationToken: Cancellation);
        await harness.DisposeAsync();

        Assert.Same(clock, harness.Clock);
        Assert.Equal(
            [TimeSpan.Zero, TimeSpan.FromSeconds(60)],
            harness.ShouldHaveRetried<OrderPlaced>("stock", times: 2).Select(entry => entry.Elapsed));
        await harness.Bus.PublishAsync(new OrderPlaced("B"), Cancellation);
        await harness.WhenIdleAsync(cancellationToken: Cancellation);
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task AddEventBusRecorder_CalledTwice_RecordsOnce()
    {
        ServiceCollection services = new();
        services.AddEventBusRecorder();
        services.AddEventBus(bus => bus.Subscribe<OrderPlaced>("stock", (_, _, _) => default));
        services.AddEventBusRecorder();
        await using ServiceProvider provider = services.BuildServiceProvider();
        var harness = EventBusHarness.Attach(provider);

        await harness.Bus.PublishAsync(new OrderPlaced("A"), Cancellation);

        harness.ShouldHavePublished<OrderPlaced>(times: 1);
    }

    [Fact]
    public async Task Attach_WithoutARecorder_TellsTheLineToWrite()
    {
        ServiceCollection services = new();
        services.AddEventBus();
        await using ServiceProvider provider = services.BuildServiceProvider();

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => EventBusHarness.Attach(provider));

        Assert.Contains("services.AddEventBusRecorder()", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispose_WithARetryWaitingAndAHandlerHanging_Ends()
    {
        TaskCompletionSource started = new();
        TaskCompletionSource never = new();
        var harness = EventBusHarness.Start(bus =>
        {
            bus.Subscribe<OrderPlaced>("hangs", (_, _, _) =>
            {
                started.TrySetResult();
                return new ValueTask(never.Task);
            });
            bus.Subscribe<OrderPlaced>("fails", (_, _, _) => throw new InvalidOperationException("no")).Retry(RetryPreset.LambdaAsync);
        });
        await harness.Bus.PublishAsync(new OrderPlaced("A"), Cancellation);
        await started.Task;

        await harness.DisposeAsync();
        await harness.DisposeAsync();

        Assert.Equal(
            ["fails", "hangs"],
            harness.Recorder.DeadLettered<OrderPlaced>().Select(entry => entry.Subscription).Order());
    }

    [Fact]
    public async Task IdleTimeout_ZeroOrLess_IsRefused()
    {
        await using var harness = EventBusHarness.Start(_ => { });

        Assert.Throws<ArgumentOutOfRangeException>(() => harness.IdleTimeout = TimeSpan.Zero);
        harness.IdleTimeout = Timeout.InfiniteTimeSpan;

        await harness.WhenIdleAsync(cancellationToken: Cancellation);
    }

    private static void OnceAfterAMinute(RetryOptions retry)
    {
        retry.MaxRetryAttempts = 1;
        retry.Delay = TimeSpan.FromMinutes(1);
        retry.UseJitter = false;
    }

    private static EventBusHarness Failing(List<double> attempts, RetryPreset preset, bool inline = false)
    {
        FakeTimeProvider clock = new();
        return EventBusHarness.Start(
            bus =>
            {
                SubscriptionBuilder<OrderPlaced> subscription = bus.Subscribe<OrderPlaced>("stock", (_, _, _) =>
                {
                    attempts.Add((clock.GetUtcNow() - clock.Start).TotalSeconds);
                    throw new InvalidOperationException("no stock");
                });
                subscription.Retry(preset);
                if (inline)
                {
                    subscription.Inline();
                }
            },
            services => services.AddSingleton<TimeProvider>(clock));
    }
}
