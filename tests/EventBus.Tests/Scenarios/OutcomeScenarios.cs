using System.Collections.Concurrent;
using EventBus.DeadLettering;
using EventBus.Delivering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace EventBus.Tests.Scenarios;

/// <summary>Each delivery tells once how it ended, as if its handler had published it.</summary>
public sealed class OutcomeScenarios
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Success_IsToldOnce_InTheChainOfItsEvent(bool inline)
    {
        Outcomes outcomes = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            SubscriptionBuilder<OrderPlaced> work = builder.Subscribe<OrderPlaced>("work", (_, _, _) => default).OnSuccess().OnFailure();
            _ = inline ? work.Inline() : work;
            outcomes.Watch<OrderPlaced>(builder);
        });

        var id = Guid.CreateVersion7();
        await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { EventId = id, CorrelationId = "order-1" });
        await bus.IdleAsync();

        (DeliverySucceeded<OrderPlaced> told, EventMetadata metadata) = Assert.Single(outcomes.Successes<OrderPlaced>());
        Assert.Empty(outcomes.Failures<OrderPlaced>());
        Assert.Equal((new OrderPlaced("1"), id, "work", 1), (told.Event, told.Metadata.EventId, told.Subscription, told.Attempts));
        Assert.Equal(("order-1", id, 1), (metadata.CorrelationId, metadata.CausationId, metadata.HopCount));
        Assert.Equal("EventBus.Delivering.DeliverySucceeded<EventBus.Tests.Scenarios.OrderPlaced>", metadata.TypeName);
    }

    [Fact]
    public async Task Failure_IsToldOnce_WithItsLetter()
    {
        Outcomes outcomes = new();
        DeadLetter? found = null;
        ScenarioBus? bus = null;
        bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("work", (_, _, _) => throw new InvalidOperationException("no")).OnSuccess().OnFailure();
            builder.Subscribe<DeliveryFailed<OrderPlaced>>(
                "look", async (failed, _, _) => found = await bus!.DeadLetters.FindAsync(failed.LetterId)).Inline();
            outcomes.Watch<OrderPlaced>(builder);
        });
        await using (bus)
        {
            await bus.PublishAsync(new OrderPlaced("1"));
            await bus.SettleAsync();

            (DeliveryFailed<OrderPlaced> told, EventMetadata metadata) = Assert.Single(outcomes.Failures<OrderPlaced>());
            Assert.Empty(outcomes.Successes<OrderPlaced>());
            DeadLetter letter = await bus.OnlyLetterAsync();
            Assert.Equal(letter, found);
            Assert.Equal(
                (letter.Id, letter.Event, letter.Metadata, "work", DeadLetterReason.RetriesExhausted, 3),
                (told.LetterId, told.Event, told.Metadata, told.Subscription, told.Reason, told.Attempts));
            Assert.Equal(letter.Failures, told.Failures);
            Assert.Equal((letter.Metadata.EventId, 1), (metadata.CausationId, metadata.HopCount));
        }
    }

    [Fact]
    public async Task SuccessAfterARetry_IsToldAsOneSuccess()
    {
        Outcomes outcomes = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>(
                "work", (_, context, _) => context.Attempt == 1 ? throw new InvalidOperationException("once") : default).OnSuccess().OnFailure();
            outcomes.Watch<OrderPlaced>(builder);
        });

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.SettleAsync();

        Assert.Equal(2, Assert.Single(outcomes.Successes<OrderPlaced>()).Outcome.Attempts);
        Assert.Empty(outcomes.Failures<OrderPlaced>());
    }

    [Fact]
    public async Task Mapping_MakesAnEventOfTheApplicationsOwn()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("work", (order, _, _) => order.Total > 0 ? default : throw new InvalidOperationException("free"))
                .Retry(RetryPreset.None)
                .OnSuccess(outcome => new StockCounted(outcome.Event.OrderId, outcome.Attempts))
                .OnSuccess(outcome => new CustomerMoved(outcome.Event.OrderId))
                .OnFailure(outcome => new OrderCancelled(outcome.Event.OrderId));
            builder.Subscribe<IShopEvent>("log", (@event, _, _) => calls.Note($"{@event.GetType().Name} {@event.OrderId}")).Inline();
        });

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.IdleAsync();
        await bus.PublishAsync(new OrderPlaced("2", Total: 0));
        await bus.IdleAsync();

        Assert.Equal(["OrderPlaced 1", "StockCounted 1", "CustomerMoved 1", "OrderPlaced 2", "OrderCancelled 2"], calls.All);
    }

    [Fact]
    public async Task MappingThatThrows_IsLogged_AndChangesNothing()
    {
        Calls calls = new();
        await using var bus = StartLogged(builder =>
        {
            builder.Subscribe<OrderPlaced>("work", (order, _, _) => order.Total > 0 ? default : throw new InvalidOperationException("free"))
                .Retry(RetryPreset.None)
                .OnSuccess<OrderCancelled>(_ => throw new FormatException("success"))
                .OnSuccess(outcome => new CustomerMoved(outcome.Event.OrderId))
                .OnFailure<OrderCancelled>(_ => throw new FormatException("failure"));
            builder.Subscribe<CustomerMoved>("log", (moved, _, _) => calls.Note(moved.OrderId));
        });

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.PublishAsync(new OrderPlaced("2", Total: 0));
        await bus.IdleAsync();

        Assert.Equal((2, 1, 1), (bus["work"].Accepted, bus["work"].Succeeded, bus["work"].DeadLettered));
        Assert.Equal(["1"], calls.All);
        Assert.Equal(["failure", "success"], Logs(bus, 2020).Select(each => each.Exception!.Message).Order());
    }

    [Fact]
    public async Task OutcomeOfAnOutcome_IsToldWhereSomebodySubscribesSo()
    {
        Outcomes outcomes = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("work", (_, _, _) => default).OnSuccess();
            builder.Subscribe<DeliverySucceeded<OrderPlaced>>("more-work", (_, _, _) => default).OnSuccess();
            outcomes.Watch<DeliverySucceeded<OrderPlaced>>(builder);
        });

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.IdleAsync();

        (DeliverySucceeded<DeliverySucceeded<OrderPlaced>> told, EventMetadata metadata) =
            Assert.Single(outcomes.Successes<DeliverySucceeded<OrderPlaced>>());
        Assert.Equal((new OrderPlaced("1"), "more-work", 2), (told.Event.Event, told.Subscription, metadata.HopCount));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CycleOfOutcomes_EndsAtTheRecursionLimit(bool fails)
    {
        await using var bus = StartLogged(builder => builder
            .Subscribe<OrderPlaced>("again", (_, _, _) => fails ? throw new InvalidOperationException("no") : default)
            .Retry(RetryPreset.None)
            .OnSuccess(outcome => outcome.Event)
            .OnFailure(outcome => outcome.Event));

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.IdleAsync();

        Assert.Equal(18, bus["again"].Accepted);
        DeadLetter last = (await bus.LettersAsync())[^1];
        Assert.Equal((DeadLetterReason.RecursionLimit, 17), (last.Reason, last.Metadata.HopCount));
        Assert.Single(Logs(bus, 2021));
    }

    [Fact]
    public async Task BusThatSettles_HasToldEveryOutcome()
    {
        TaskCompletionSource gate = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("work", (order, _, _) => order.Total > 0 ? default : throw new InvalidOperationException("free"))
                .Retry(RetryPreset.None).OnSuccess().OnFailure();
            builder.Subscribe<DeliverySucceeded<OrderPlaced>>("success", async (_, _, _) => await gate.Task).Inline();
            builder.Subscribe<DeliveryFailed<OrderPlaced>>("failure", async (_, _, _) => await gate.Task).Inline();
        });

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.PublishAsync(new OrderPlaced("2", Total: 0));
        await UntilAsync(() => bus["success"].Running + bus["failure"].Running == 2);
        Task settling = bus.Monitor.WhenSettledAsync().AsTask();

        Assert.Equal((2, 0, 0, 2), (bus["work"].Accepted, bus["work"].Succeeded, bus["work"].DeadLettered, bus["work"].Pending));
        Assert.False(settling.IsCompleted);
        gate.SetResult();
        await ScenarioBus.Soon(settling);

        Assert.Equal((1, 1, 0), (bus["work"].Succeeded, bus["work"].DeadLettered, bus["work"].Pending));
    }

    [Fact]
    public async Task RedrivenLetter_HasAnOutcomeOfItsOwn()
    {
        Outcomes outcomes = new();
        bool works = false;
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("work", (_, _, _) => works ? default : throw new InvalidOperationException("no"))
                .Retry(RetryPreset.None).OnSuccess().OnFailure();
            outcomes.Watch<OrderPlaced>(builder);
        });

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.IdleAsync();
        Guid first = (await bus.OnlyLetterAsync()).Id;
        Assert.True(await bus.DeadLetters.RedriveAsync(first));
        await bus.IdleAsync();
        Guid second = (await bus.OnlyLetterAsync()).Id;
        works = true;
        Assert.True(await bus.DeadLetters.RedriveAsync(second));
        await bus.IdleAsync();

        Assert.Equal([first, second], outcomes.Failures<OrderPlaced>().Select(each => each.Outcome.LetterId));
        Assert.Equal(1, Assert.Single(outcomes.Successes<OrderPlaced>()).Outcome.Attempts);
    }

    [Fact]
    public async Task FullQueueOfOutcomes_HoldsUpNoHandler()
    {
        TaskCompletionSource gate = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("work", (_, _, _) => default).Queue(queue => queue.MaxConcurrency = 1).OnSuccess();
            builder.Subscribe<DeliverySucceeded<OrderPlaced>>("slow", async (_, _, _) => await gate.Task)
                .Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (1, 1));
        });

        for (int i = 0; i < 10; i++)
        {
            await bus.PublishAsync(new OrderPlaced($"{i}"));
        }

        await UntilAsync(() => bus["work"].Succeeded == 10);
        Assert.True(bus["slow"].Overflowed >= 8);
        gate.SetResult();
        await bus.IdleAsync();

        Assert.Equal(10, bus["slow"].Succeeded);
    }

    [Fact]
    public async Task DeliveryThatNeverReachedItsHandler_IsToldAsAFailure()
    {
        TaskCompletionSource gate = new();
        Outcomes outcomes = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("filter", (_, _, _) => default)
                .Where(order => order.Total > 0 ? true : throw new InvalidOperationException("free")).OnFailure();
            builder.Subscribe<OrderPlaced>("full", async (_, _, _) => await gate.Task)
                .Queue(queue => (queue.Capacity, queue.MaxConcurrency, queue.FullMode) = (1, 1, QueueFullMode.DeadLetter)).OnFailure();
            outcomes.Watch<OrderPlaced>(builder);
        });

        await bus.PublishAsync(new OrderPlaced("1"));
        await UntilAsync(() => bus["full"].Running == 1);
        await bus.PublishAsync(new OrderPlaced("2"));
        await bus.PublishAsync(new OrderPlaced("3", Total: 0));
        gate.SetResult();
        await bus.IdleAsync();

        Assert.Equal(
            [("filter", DeadLetterReason.FilterFailed, 0), ("full", DeadLetterReason.QueueFull, 0)],
            outcomes.Failures<OrderPlaced>()
                .Select(each => (each.Outcome.Subscription, each.Outcome.Reason, each.Outcome.Attempts)).Order());
    }

    [Fact]
    public async Task AbandonedHandler_IsToldOnce_AndItsLateEndIsNot()
    {
        TaskCompletionSource gate = new();
        Outcomes outcomes = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("work", async (_, _, _) => await gate.Task)
                .Timeout(TimeSpan.FromSeconds(10)).OnSuccess().OnFailure();
            outcomes.Watch<OrderPlaced>(builder);
        });

        await bus.PublishAsync(new OrderPlaced("1"));
        await UntilAsync(() => bus["work"].Running == 1);
        await UntilAsync(() =>
        {
            bus.Clock.Advance(TimeSpan.FromSeconds(1));
            return bus["work"].DeadLettered == 1;
        });
        gate.SetResult();
        await UntilAsync(() => bus["work"].LateEnds == 1);
        await bus.IdleAsync();

        Assert.Equal(DeadLetterReason.TimedOut, Assert.Single(outcomes.Failures<OrderPlaced>()).Outcome.Reason);
        Assert.Empty(outcomes.Successes<OrderPlaced>());
    }

    [Fact]
    public async Task Drain_TellsWhatItCompletes()
    {
        TaskCompletionSource gate = new();
        Outcomes outcomes = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("work", async (order, _, _) =>
            {
                await gate.Task;
                _ = order.Total > 0 ? order : throw new InvalidOperationException("free");
            }).Retry(RetryPreset.None).OnSuccess().OnFailure();
            outcomes.Watch<OrderPlaced>(builder);
        });
        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.PublishAsync(new OrderPlaced("2", Total: 0));

        Task stopping = Service(bus).StopAsync(default);
        gate.SetResult();
        await ScenarioBus.Soon(stopping);

        Assert.Equal("1", Assert.Single(outcomes.Successes<OrderPlaced>()).Outcome.Event.OrderId);
        Assert.Equal("2", Assert.Single(outcomes.Failures<OrderPlaced>()).Outcome.Event.OrderId);
    }

    [Fact]
    public async Task ShutdownLetters_AreNotTold_ButLogged()
    {
        using CancellationTokenSource deadline = new();
        Outcomes outcomes = new();
        await using var bus = StartLogged(builder =>
        {
            builder.Subscribe<OrderPlaced>("work", async (_, _, token) => await Task.Delay(Timeout.Infinite, token))
                .Queue(queue => queue.MaxConcurrency = 1).OnSuccess().OnFailure();
            outcomes.Watch<OrderPlaced>(builder);
        });
        for (int i = 0; i < 3; i++)
        {
            await bus.PublishAsync(new OrderPlaced($"{i}"));
        }

        await UntilAsync(() => bus["work"].Running == 1);
        Task stopping = Service(bus).StopAsync(deadline.Token);
        await deadline.CancelAsync();
        await ScenarioBus.Soon(stopping);

        Assert.Equal(3, bus["work"].DeadLettered);
        Assert.Empty(outcomes.Failures<OrderPlaced>());
        Assert.Equal((3, 0), (Logs(bus, 2021).Count, Logs(bus, 2020).Count));
        Assert.All(Logs(bus, 2021), each => Assert.Equal(LogLevel.Debug, each.Level));
    }

    [Fact]
    public async Task StopAmidHandlers_TellsNoDeliveryTwice()
    {
        for (int round = 0; round < 30; round++)
        {
            using CancellationTokenSource deadline = new();
            Outcomes outcomes = new();
            await using var bus = ScenarioBus.Start(builder =>
            {
                builder.Subscribe<OrderPlaced>("work", async (order, _, _) =>
                {
                    await Task.Yield();
                    _ = order.Total > 0 ? order : throw new InvalidOperationException("free");
                }).Retry(RetryPreset.None).OnSuccess().OnFailure();
                outcomes.Watch<OrderPlaced>(builder);
            });
            for (int i = 0; i < 50; i++)
            {
                await bus.PublishAsync(new OrderPlaced($"{i}", Total: i % 3));
            }

            Task stopping = Service(bus).StopAsync(deadline.Token);
            await deadline.CancelAsync();
            await ScenarioBus.Soon(stopping);

            Guid[] told =
            [
                .. outcomes.Successes<OrderPlaced>().Select(each => each.Outcome.Metadata.EventId),
                .. outcomes.Failures<OrderPlaced>().Select(each => each.Outcome.Metadata.EventId),
            ];
            Assert.Equal(told.Distinct().Count(), told.Length);
            Assert.True(outcomes.Successes<OrderPlaced>().Count <= bus["work"].Succeeded);
            Assert.DoesNotContain(outcomes.Failures<OrderPlaced>(), each => each.Outcome.Reason == DeadLetterReason.Shutdown);
        }
    }

    [Fact]
    public async Task SubscriptionToABaseClass_TellsOfItsOwnType()
    {
        Outcomes outcomes = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<IShopEvent>("work", (_, _, _) => default).OnSuccess();
            outcomes.Watch<IShopEvent>(builder);
        });

        await bus.PublishAsync(new StockCounted("1", 2));
        await bus.IdleAsync();

        Assert.Equal(new StockCounted("1", 2), Assert.Single(outcomes.Successes<IShopEvent>()).Outcome.Event);
    }

    [Fact]
    public async Task OutcomeWithoutItsMapping_IsRefusedAtOnce()
    {
        await using var bus = ScenarioBus.Start(builder =>
        {
            SubscriptionBuilder<OrderPlaced> work = builder.Subscribe<OrderPlaced>("work", (_, _, _) => default);
            Assert.Throws<ArgumentNullException>(() => work.OnSuccess<OrderCancelled>(null!));
            Assert.Throws<ArgumentNullException>(() => work.OnFailure<OrderCancelled>(null!));
        });
    }

    private static ScenarioBus StartLogged(Action<EventBusBuilder> configure) => ScenarioBus.Start(
        configure, services => services.AddLogging(logging => logging.AddFakeLogging().SetMinimumLevel(LogLevel.Debug)));

    private static List<FakeLogRecord> Logs(ScenarioBus bus, int id) =>
        [.. bus.Services.GetRequiredService<FakeLogCollector>().GetSnapshot().Where(record => record.Id.Id == id)];

    private static IHostedService Service(ScenarioBus bus) => Assert.Single(bus.Services.GetServices<IHostedService>());

    private static Task UntilAsync(Func<bool> condition) => TestStand.UntilAsync(condition);

    private sealed class Outcomes
    {
        private readonly ConcurrentQueue<(object Outcome, EventMetadata Metadata)> _all = new();

        public void Watch<TEvent>(EventBusBuilder builder)
            where TEvent : notnull
        {
            builder.Subscribe<DeliverySucceeded<TEvent>>("successes", (outcome, context, _) => Note(outcome, context)).Inline();
            builder.Subscribe<DeliveryFailed<TEvent>>("failures", (outcome, context, _) => Note(outcome, context)).Inline();
        }

        public List<(DeliverySucceeded<TEvent> Outcome, EventMetadata Metadata)> Successes<TEvent>()
            where TEvent : notnull => Of<DeliverySucceeded<TEvent>>();

        public List<(DeliveryFailed<TEvent> Outcome, EventMetadata Metadata)> Failures<TEvent>()
            where TEvent : notnull => Of<DeliveryFailed<TEvent>>();

        private List<(TOutcome Outcome, EventMetadata Metadata)> Of<TOutcome>() =>
            [.. _all.Where(each => each.Outcome is TOutcome).Select(each => ((TOutcome)each.Outcome, each.Metadata))];

        private ValueTask Note(object outcome, EventContext context)
        {
            _all.Enqueue((outcome, context.Metadata));
            return default;
        }
    }
}
