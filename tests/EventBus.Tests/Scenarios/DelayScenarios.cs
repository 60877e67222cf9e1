using EventBus.DeadLettering;
using EventBus.Diagnostics;
using EventBus.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventBus.Tests.Scenarios;

/// <summary>An event that is published now and delivered later, unless it is taken back.</summary>
public sealed class DelayScenarios
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Delay_UntilItsTime_ReachesNobody(bool inline)
    {
        Calls calls = new();
        await using ScenarioBus bus = Start(calls, inline);

        await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { DeliverAfter = Hour });
        bus.Clock.Advance(Hour - TimeSpan.FromTicks(1));
        await bus.IdleAsync();

        Assert.Empty(calls.All);
        Assert.Equal((1, 0, 0), (bus["s"].Delayed, bus["s"].Accepted, bus["s"].Pending));
        Assert.Equal(bus.Clock.GetUtcNow() + TimeSpan.FromTicks(1), bus.Monitor.GetStatistics().NextDelayAt);

        bus.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await bus.IdleAsync();

        Assert.Equal(["1"], calls.All);
        Assert.Equal((0, 1, 1), (bus["s"].Delayed, bus["s"].Accepted, bus["s"].Succeeded));
        Assert.Null(bus.Monitor.GetStatistics().NextDelayAt);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Delay_ToATimeThatHasPassed_IsNoDelay(bool isAfter)
    {
        Calls calls = new();
        await using ScenarioBus bus = Start(calls, inline: true);

        await bus.Bus.PublishAsync(new OrderPlaced("1"), isAfter
            ? new PublishOptions { DeliverAfter = TimeSpan.Zero }
            : new PublishOptions { DeliverAt = bus.Clock.GetUtcNow() - Hour });

        Assert.Equal(["1"], calls.All);
        Assert.Null(bus.Monitor.GetStatistics().NextDelayAt);
    }

    [Fact]
    public async Task DeliverAt_InAnotherZone_IsThatMoment()
    {
        Calls calls = new();
        await using ScenarioBus bus = Start(calls);

        await bus.Bus.PublishAsync(
            new OrderPlaced("1"), new PublishOptions { DeliverAt = (bus.Clock.GetUtcNow() + Hour).ToOffset(TimeSpan.FromHours(9)) });
        bus.Clock.Advance(Hour);
        await bus.IdleAsync();

        Assert.Equal(["1"], calls.All);
    }

    [Fact]
    public async Task DelayedEvents_ThroughAnyDoorAndBaseClass_Wait()
    {
        Calls calls = new();
        await using ScenarioBus bus = Start(calls);
        PublishOptions options = new() { DeliverAfter = Hour };

        await bus.Services.GetRequiredService<IEventPublisher<OrderPlaced>>().PublishAsync(new OrderPlaced("publisher"), options);
        await bus.Bus.PublishAsync<object>(new OrderPlaced("object"), options);
        await bus.IdleAsync();
        Assert.Empty(calls.All);
        bus.Clock.Advance(Hour);
        await bus.IdleAsync();

        Assert.Equal(["publisher", "object"], calls.All);
    }

    [Fact]
    public async Task DelayedEvents_DueTogether_StartInTheOrderOfTheirTimes()
    {
        Calls calls = new();
        await using ScenarioBus bus = Start(calls);
        foreach (int minutes in (int[])[30, 10, 20, 10])
        {
            await bus.Bus.PublishAsync(
                new OrderPlaced($"{minutes}"), new PublishOptions { DeliverAfter = TimeSpan.FromMinutes(minutes) });
        }

        bus.Clock.Advance(Hour);
        await bus.IdleAsync();

        Assert.Equal(["10", "10", "20", "30"], calls.All);
    }

    [Fact]
    public async Task Filter_OfADelayedEvent_IsAskedAtThePublish()
    {
        Calls calls = new();
        bool isOpen = true;
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("s", (order, _, _) => calls.Note(order.OrderId)).Where(_ => isOpen));

        await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { DeliverAfter = Hour });
        isOpen = false;
        await bus.Bus.PublishAsync(new OrderPlaced("2"), new PublishOptions { DeliverAfter = Hour });
        bus.Clock.Advance(Hour);
        await bus.IdleAsync();

        Assert.Equal(["1"], calls.All);
        Assert.Equal((1, 1), (bus["s"].Filtered, bus.Monitor.GetStatistics().Unmatched));
    }

    [Fact]
    public async Task Subscription_MadeAfterThePublish_DoesNotGetTheDelayedEvent()
    {
        Calls calls = new();
        await using ScenarioBus bus = Start(new Calls());
        await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { DeliverAfter = Hour });

        bus.Bus.Subscribe<OrderPlaced>("late", (order, _, _) => calls.Note(order.OrderId));
        bus.Clock.Advance(Hour);
        await bus.IdleAsync();

        Assert.Empty(calls.All);
        Assert.Equal(1, bus["s"].Succeeded);
    }

    [Fact]
    public async Task Filter_ThatThrowsOnADelayedEvent_IsADeadLetterAtOnce()
    {
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("s", (_, _, _) => default).Where(_ => throw new InvalidOperationException()));

        await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { DeliverAfter = Hour });

        Assert.Equal(DeadLetterReason.FilterFailed, (await bus.OnlyLetterAsync()).Reason);
        Assert.Equal(0, bus["s"].Delayed);
    }

    [Fact]
    public async Task Metadata_OfADelayedEvent_IsThatOfThePublish()
    {
        EventMetadata? outer = null;
        EventMetadata? seen = null;
        ScenarioBus? bus = null;
        bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("outer", async (_, context, _) =>
            {
                outer = context.Metadata;
                await bus!.Bus.PublishAsync(new OrderCancelled("2"), new PublishOptions
                {
                    DeliverAfter = Hour,
                    Headers = new Dictionary<string, string> { ["tenant"] = "north" },
                });
            });
            builder.Subscribe<OrderCancelled>("inner", (_, context, _) =>
            {
                seen = context.Metadata;
                return default;
            });
        });
        await using (bus)
        {
            DateTimeOffset publishedAt = bus.Clock.GetUtcNow();
            await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { CorrelationId = "C" });
            await bus.IdleAsync();
            bus.Clock.Advance(Hour);
            await bus.IdleAsync();

            Assert.Equal(("C", outer!.EventId, 1, publishedAt), (seen!.CorrelationId, seen.CausationId, seen.HopCount, seen.OccurredAt));
            Assert.Equal("north", seen.Headers["tenant"]);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MaxAge_OfADelayedEvent_CountsFromItsTime(bool inline)
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            SubscriptionBuilder<OrderPlaced> subscription = builder.Subscribe<OrderPlaced>("s", (order, _, _) =>
            {
                calls.Add(order.OrderId);
                throw new InvalidOperationException();
            }).MaxAge(TimeSpan.FromMinutes(1));
            _ = inline ? subscription.Inline() : subscription;
            subscription.Retry(retry => (retry.MaxRetryAttempts, retry.Delay, retry.Backoff, retry.UseJitter) =
                (10, TimeSpan.FromSeconds(31), RetryBackoff.Constant, false));
        });

        await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { DeliverAfter = Hour });
        bus.Clock.Advance(Hour);
        await bus.SettleAsync();

        Assert.Equal(["1", "1"], calls.All);
        Assert.Equal(DeadLetterReason.Expired, (await bus.OnlyLetterAsync()).Reason);
    }

    [Theory]
    [InlineData(QueueFullMode.Wait)]
    [InlineData(QueueFullMode.Reject)]
    [InlineData(QueueFullMode.DeadLetter)]
    public async Task FullQueue_WhenDelayedEventsAreDue_TakesThemBeyondItsBound(QueueFullMode mode)
    {
        Calls calls = new();
        TaskCompletionSource gate = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("s", async (order, _, _) =>
            {
                await gate.Task;
                calls.Add(order.OrderId);
            })
            .Queue(queue => (queue.Capacity, queue.MaxConcurrency, queue.FullMode) = (1, 1, mode)));
        for (int i = 1; i <= 5; i++)
        {
            await bus.Bus.PublishAsync(new OrderPlaced($"{i}"), new PublishOptions { DeliverAfter = Hour });
        }

        bus.Clock.Advance(Hour);
        await UntilAsync(() => bus["s"] is { Accepted: 5, Running: 1 });

        Assert.InRange(bus["s"].Overflowed, 3, 4);
        gate.SetResult();
        await bus.IdleAsync();
        Assert.Equal(["1", "2", "3", "4", "5"], calls.All);
    }

    [Fact]
    public async Task InlineHandler_OfADelayedEvent_FailsForItselfAlone()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("fails", (_, _, _) => throw new InvalidOperationException()).Inline(InlineFailure.Throw);
            builder.Subscribe<OrderPlaced>("works", (order, _, _) => calls.Note(order.OrderId)).Inline();
            builder.Subscribe<OrderPlaced>("retries", (_, context, _) =>
                context.Attempt < 3 ? throw new InvalidOperationException() : calls.Note("third")).Inline().Retry(RetryPreset.LambdaAsync);
        });

        await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { DeliverAfter = Hour });
        bus.Clock.Advance(Hour);
        await bus.SettleAsync();

        Assert.Equal(["1", "third"], calls.All);
        Assert.Equal("fails", (await bus.OnlyLetterAsync()).Subscription);
    }

    [Fact]
    public async Task InlineHandler_OfADelayedEventThatBlocks_HoldsUpNoOther()
    {
        Calls calls = new();
        using ManualResetEventSlim gate = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("blocks", (_, _, _) =>
            {
                gate.Wait();
                return default;
            }).Inline();
            builder.Subscribe<OrderCancelled>("s", (order, _, _) => calls.Note(order.OrderId));
        });

        await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { DeliverAfter = Hour });
        await bus.Bus.PublishAsync(new OrderCancelled("2"), new PublishOptions { DeliverAfter = Hour });
        bus.Clock.Advance(Hour);
        await UntilAsync(() => calls.Count == 1);

        Assert.Equal(1, bus["blocks"].Running);
        gate.Set();
        await bus.IdleAsync();
    }

    [Fact]
    public async Task PublishersToken_AfterThePublish_DoesNotReachTheDelayedEvent()
    {
        using CancellationTokenSource publisher = new();
        bool? fires = null;
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("s", (_, _, token) =>
        {
            fires = token.IsCancellationRequested;
            return default;
        }).Inline());

        await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { DeliverAfter = Hour }, publisher.Token);
        await publisher.CancelAsync();
        bus.Clock.Advance(Hour);
        await bus.IdleAsync();

        Assert.False(fires);
    }

    [Fact]
    public async Task Cancel_BeforeItsTime_TakesTheEventBackFromEverySubscription()
    {
        Calls calls = new();
        var id = Guid.NewGuid();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("queued", (order, _, _) => calls.Note(order.OrderId));
            builder.Subscribe<OrderPlaced>("inline", (order, _, _) => calls.Note(order.OrderId)).Inline();
        });
        await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { EventId = id, DeliverAfter = Hour });
        await bus.Bus.PublishAsync(new OrderPlaced("2"), new PublishOptions { EventId = id, DeliverAfter = Hour + Hour });
        await bus.Bus.PublishAsync(new OrderPlaced("3"), new PublishOptions { DeliverAfter = Hour });

        Assert.True(await bus.Bus.CancelDelayedAsync(id));
        Assert.False(await bus.Bus.CancelDelayedAsync(id));
        DeliveryCounts total = bus.Monitor.GetStatistics().Total;
        bus.Clock.Advance(Hour + Hour);
        await bus.IdleAsync();

        Assert.Equal(["3", "3"], calls.All);
        Assert.Equal((4, 2, 0), (total.DelaysCancelled, total.Delayed, total.Accepted));
        Assert.Empty(await bus.LettersAsync());
    }

    [Fact]
    public async Task Cancel_OfWhatIsDueOrUnknown_IsFalse()
    {
        var id = Guid.NewGuid();
        await using ScenarioBus bus = Start(new Calls());
        await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { EventId = id, DeliverAfter = Hour });
        bus.Clock.Advance(Hour);

        Assert.False(await bus.Bus.CancelDelayedAsync(id));
        Assert.False(await bus.Bus.CancelDelayedAsync(Guid.NewGuid()));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => bus.Bus.CancelDelayedAsync(id, new CancellationToken(canceled: true)).AsTask());
        await bus.IdleAsync();
        Assert.Equal((1, 0), (bus["s"].Succeeded, bus["s"].DelaysCancelled));
    }

    [Fact]
    public async Task Cancel_InARaceWithTheClock_LeavesEachEventDeliveredOrTakenBack()
    {
        const int Events = 2_000;
        await using ScenarioBus bus = Start(new Calls());
        Guid[] ids = [.. Enumerable.Range(0, Events).Select(_ => Guid.NewGuid())];
        for (int i = 0; i < Events; i++)
        {
            await bus.Bus.PublishAsync(
                new OrderPlaced("x"), new PublishOptions { EventId = ids[i], DeliverAfter = TimeSpan.FromMilliseconds(1 + (i / 10)) });
        }

        int cancelled = 0;
        var cancelling = Task.Run(async () =>
        {
            foreach (Guid id in ids.Reverse())
            {
                cancelled += await bus.Bus.CancelDelayedAsync(id) ? 1 : 0;
            }
        });
        while (!cancelling.IsCompleted || bus.Monitor.GetStatistics().NextDelayAt is not null)
        {
            bus.Clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        await ScenarioBus.Soon(cancelling);
        await bus.IdleAsync();

        DeliveryCounts counts = bus["s"];
        Assert.Equal((0, cancelled, Events - cancelled), (counts.Delayed, counts.DelaysCancelled, counts.Succeeded));
    }

    [Fact]
    public async Task WhenSettled_WithDelayedEvents_DoesNotWaitForThem()
    {
        await using ScenarioBus bus = Start(new Calls());
        await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { DeliverAfter = Hour });

        await ScenarioBus.Soon(bus.Monitor.WhenSettledAsync().AsTask());

        Assert.Equal(1, bus["s"].Delayed);
    }

    [Fact]
    public async Task Stop_WithDelayedEvents_MakesDeadLettersOfThem()
    {
        await using ScenarioBus bus = Start(new Calls());
        await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { DeliverAfter = Hour });
        await bus.Bus.PublishAsync(new OrderPlaced("2"), new PublishOptions { DeliverAt = DateTimeOffset.MaxValue });

        await ScenarioBus.Soon(bus.Services.GetServices<IHostedService>().Single().StopAsync(default));

        IReadOnlyList<DeadLetter> letters = await bus.LettersAsync("s");
        Assert.Equal([DeadLetterReason.Shutdown, DeadLetterReason.Shutdown], letters.Select(each => each.Reason));
        Assert.Equal((0, 2, 2), (bus["s"].Delayed, bus["s"].Accepted, bus["s"].DeadLettered));
        await Assert.ThrowsAsync<EventBusStoppedException>(
            () => bus.Bus.PublishAsync(new OrderPlaced("3"), new PublishOptions { DeliverAfter = Hour }).AsTask());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DisposingTheProvider_WithDelayedEvents_MakesDeadLettersOfThem(bool waits)
    {
        await using ScenarioBus bus = Start(new Calls());
        await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { DeliverAfter = Hour });

        if (waits)
        {
            await ScenarioBus.Soon(bus.Services.DisposeAsync().AsTask());
        }
        else
        {
            bus.Services.Dispose();
        }

        Assert.Equal((0, 1, 1), (bus["s"].Delayed, bus["s"].Accepted, bus["s"].DeadLettered));
    }

    [Fact]
    public async Task DelayedPublish_FromAHandlerDuringTheDrain_IsADeadLetterAtOnce()
    {
        TaskCompletionSource started = new();
        TaskCompletionSource gate = new();
        ScenarioBus? bus = null;
        bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("first", async (_, _, _) =>
            {
                started.SetResult();
                await gate.Task;
                await bus!.Bus.PublishAsync(new OrderCancelled("2"), new PublishOptions { DeliverAfter = Hour });
            });
            builder.Subscribe<OrderCancelled>("later", (_, _, _) => default);
        });
        await using (bus)
        {
            await bus.PublishAsync(new OrderPlaced("1"));
            await ScenarioBus.Soon(started.Task);
            Task stopping = bus.Services.GetServices<IHostedService>().Single().StopAsync(default);
            gate.SetResult();
            await ScenarioBus.Soon(stopping);

            Assert.Equal(1, bus["first"].Succeeded);
            DeadLetter letter = await bus.OnlyLetterAsync("later");
            Assert.Equal((DeadLetterReason.Shutdown, 0L), (letter.Reason, bus["later"].Delayed));
        }
    }

    [Fact]
    public async Task DisposingASubscription_WithDelayedEvents_MakesDeadLettersOfItsOwn()
    {
        Calls calls = new();
        await using ScenarioBus bus = Start(calls);
        IEventSubscription passing = bus.Bus.Subscribe<OrderPlaced>("passing", (_, _, _) => calls.Note("passing"));
        await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { DeliverAfter = Hour });

        await ScenarioBus.Soon(passing.DisposeAsync().AsTask());
        bus.Clock.Advance(Hour);
        await bus.IdleAsync();

        Assert.Equal(["1"], calls.All);
        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Equal(("passing", DeadLetterReason.Shutdown), (letter.Subscription, letter.Reason));
        DeliveryCounts total = bus.Monitor.GetStatistics().Total;
        Assert.Equal((0, 2, 1, 1), (total.Delayed, total.Accepted, total.Succeeded, total.DeadLettered));
    }

    [Fact]
    public async Task DisposingASubscription_InARaceWithTheClock_AccountsForEveryDelayedEvent()
    {
        await using var bus = ScenarioBus.Start(_ => { });
        for (int round = 1; round <= 200; round++)
        {
            bool ended = false;
            IEventSubscription passing = bus.Bus.Subscribe<OrderPlaced>("passing", (_, _, _) =>
            {
                Assert.False(Volatile.Read(ref ended));
                return default;
            });
            await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { DeliverAfter = Hour });
            var turning = Task.Run(() => bus.Clock.Advance(Hour));
            await ScenarioBus.Soon(passing.DisposeAsync().AsTask());
            Volatile.Write(ref ended, true);
            await ScenarioBus.Soon(turning);
            await bus.IdleAsync();

            DeliveryCounts total = bus.Monitor.GetStatistics().Total;
            Assert.Equal((round, round, 0), (total.Accepted, total.Succeeded + total.DeadLettered, total.Delayed));
        }
    }

    [Fact]
    public async Task DeadLetter_OfADelayedEvent_IsRedrivenAtOnce()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("s", (order, _, _) =>
        {
            calls.Add(order.OrderId);
            return calls.Count == 1 ? throw new InvalidOperationException() : default;
        }).Retry(RetryPreset.None));
        await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { DeliverAfter = Hour });
        bus.Clock.Advance(Hour);
        await bus.IdleAsync();

        await bus.DeadLetters.RedriveAsync((await bus.OnlyLetterAsync()).Id);
        await bus.IdleAsync();

        Assert.Equal(["1", "1"], calls.All);
    }

    private static ScenarioBus Start(Calls calls, bool inline = false) => ScenarioBus.Start(builder =>
    {
        SubscriptionBuilder<OrderPlaced> subscription =
            builder.Subscribe<OrderPlaced>("s", (order, _, _) => calls.Note(order.OrderId));
        _ = inline ? subscription.Inline() : subscription.Queue(queue => queue.MaxConcurrency = 1);
    });

    private static Task UntilAsync(Func<bool> condition) => ScenarioBus.Soon(Task.Run(async () =>
    {
        while (!condition())
        {
            await Task.Yield();
        }
    }));
}
