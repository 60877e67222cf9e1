using System.Collections.Concurrent;
using EventBus.DeadLettering;
using EventBus.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventBus.Tests.Scenarios;

/// <summary>A key that is done runs no second time, and never does one key run twice at once.</summary>
public sealed class IdempotencyScenarios
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Duplicate_OfAKeyThatIsDone_SucceedsWithoutTheHandler(bool inline)
    {
        Calls calls = new();
        await using var bus = Start((order, _, _) => calls.Note($"{order.OrderId} {order.Total}"), inline);

        await bus.PublishAsync(new OrderPlaced("1", 10));
        await bus.IdleAsync();
        await bus.PublishAsync(new OrderPlaced("1", 20));
        await bus.PublishAsync(new OrderPlaced("2", 30));
        await bus.IdleAsync();

        Assert.Equal(["1 10", "2 30"], calls.All);
        Assert.Equal((3, 3, 1), (bus["work"].Accepted, bus["work"].Succeeded, bus["work"].Duplicates));
    }

    [Fact]
    public async Task Idempotent_WithoutAKey_TellsEventsByTheirId()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("work", (order, _, _) => calls.Note(order.OrderId)).Idempotent());
        var id = Guid.NewGuid();

        await bus.Bus.PublishAsync(new OrderPlaced("1"), new PublishOptions { EventId = id });
        await bus.IdleAsync();
        await bus.Bus.PublishAsync(new OrderPlaced("2"), new PublishOptions { EventId = id });
        await bus.PublishAsync(new OrderPlaced("3"));
        await bus.IdleAsync();

        Assert.Equal(["1", "3"], calls.All);
    }

    [Fact]
    public async Task Key_WhoseTimeToLiveHasPassed_RunsAgain()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("work", (order, _, _) => calls.Note($"{order.Total}")).Inline()
            .Idempotent(order => order.OrderId, TimeSpan.FromMinutes(10)));

        await bus.PublishAsync(new OrderPlaced("1", 1));
        bus.Clock.Advance(TimeSpan.FromMinutes(10) - Tick);
        await bus.PublishAsync(new OrderPlaced("1", 2));
        bus.Clock.Advance(Tick);
        await bus.PublishAsync(new OrderPlaced("1", 3));

        Assert.Equal(["1", "3"], calls.All);
    }

    [Fact]
    public async Task TimeToLive_WithoutAWord_IsAnHour()
    {
        Calls calls = new();
        await using var bus = Start((order, _, _) => calls.Note($"{order.Total}"), inline: true);

        await bus.PublishAsync(new OrderPlaced("1", 1));
        bus.Clock.Advance(TimeSpan.FromHours(1) - Tick);
        await bus.PublishAsync(new OrderPlaced("1", 2));
        bus.Clock.Advance(Tick);
        await bus.PublishAsync(new OrderPlaced("1", 3));

        Assert.Equal(["1", "3"], calls.All);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Configuration_OfATimeToLive_LeavesTheKeyOfTheCodeAndElseTakesTheEventId(bool hasKey)
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(
            builder =>
            {
                var subscription = builder.Subscribe<OrderPlaced>("work", (order, _, _) => calls.Note($"{order.Total}")).Inline();
                if (hasKey)
                {
                    subscription.Idempotent(order => order.OrderId, TimeSpan.FromDays(1));
                }
            },
            services => services.AddSingleton(TestStand.Configuration(("EventBus:Subscriptions:work:Idempotent", "00:01:00"))));
        var id = Guid.NewGuid();

        await bus.Bus.PublishAsync(new OrderPlaced("1", 1), new PublishOptions { EventId = id });
        await bus.Bus.PublishAsync(new OrderPlaced("2", 2), new PublishOptions { EventId = id });
        await bus.PublishAsync(new OrderPlaced("1", 3));
        bus.Clock.Advance(TimeSpan.FromMinutes(1));
        await bus.Bus.PublishAsync(new OrderPlaced("1", 4), new PublishOptions { EventId = id });

        Assert.Equal(hasKey ? ["1", "2", "4"] : ["1", "3", "4"], calls.All);
    }

    [Fact]
    public async Task Duplicate_OfAKeyInProgress_HoldsNoWorkerAndIsSkippedAfterItsSuccess()
    {
        TaskCompletionSource gate = new();
        Calls calls = new();
        await using var bus = Start(async (order, _, _) =>
        {
            calls.Add($"{order.OrderId} {order.Total}");
            if (order.OrderId == "1")
            {
                await gate.Task;
            }
        });

        await bus.PublishAsync(new OrderPlaced("1", 1));
        await UntilAsync(() => calls.Count == 1);
        await bus.PublishAsync(new OrderPlaced("1", 2));
        await bus.PublishAsync(new OrderPlaced("1", 3));
        await bus.PublishAsync(new OrderPlaced("2", 4));
        await UntilAsync(() => bus["work"] is { Succeeded: 1, Running: 1 });
        DeliveryCounts before = bus["work"];
        bus.AssertConserved();
        gate.SetResult();
        await bus.IdleAsync();

        Assert.Equal((2, 1), (before.Queued, before.Running));
        Assert.Equal(["1 1", "2 4"], calls.All.Order());
        Assert.Equal((4, 2), (bus["work"].Succeeded, bus["work"].Duplicates));
    }

    [Fact]
    public async Task Duplicates_OfAKeyThatFailed_RunInTheirOrder()
    {
        Calls calls = new();
        TaskCompletionSource gate = new();
        await using var bus = Start(async (order, _, _) =>
        {
            await gate.Task;
            calls.Add($"{order.Total}");
            if (order.Total < 3)
            {
                throw new InvalidOperationException();
            }
        }, retries: 0);
        for (int i = 1; i <= 4; i++)
        {
            await bus.PublishAsync(new OrderPlaced("1", i));
            await UntilAsync(() => bus["work"] is { Running: 1 } counts && counts.Queued == i - 1);
        }

        gate.SetResult();
        await bus.IdleAsync();

        Assert.Equal(["1", "2", "3"], calls.All);
        Assert.Equal((2, 2, 1), (bus["work"].DeadLettered, bus["work"].Succeeded, bus["work"].Duplicates));
    }

    [Fact]
    public async Task Duplicate_WhileTheFirstWaitsForItsRetry_WaitsToo()
    {
        Calls calls = new();
        await using var bus = Start((order, context, _) =>
        {
            calls.Add($"{order.Total} {context.Attempt}");
            return context.Attempt == 1 ? throw new InvalidOperationException() : default;
        });

        await bus.PublishAsync(new OrderPlaced("1", 1));
        await bus.IdleAsync();
        await bus.PublishAsync(new OrderPlaced("1", 2));
        await bus.IdleAsync();
        DeliveryCounts waiting = bus["work"];
        await bus.SettleAsync();

        Assert.Equal((1, 1), (waiting.WaitingForRetry, waiting.Queued));
        Assert.Equal(["1 1", "1 2"], calls.All);
        Assert.Equal((2, 1), (bus["work"].Succeeded, bus["work"].Duplicates));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Redriven_ADeadLetter_RunsUnlessItsKeyIsDoneMeanwhile(bool isDone)
    {
        Calls calls = new();
        bool fails = true;
        await using var bus = Start((order, _, _) =>
        {
            calls.Add($"{order.Total}");
            return fails ? throw new InvalidOperationException() : default;
        }, retries: 0);
        await bus.PublishAsync(new OrderPlaced("1", 1));
        await bus.IdleAsync();
        fails = false;
        if (isDone)
        {
            await bus.PublishAsync(new OrderPlaced("1", 2));
            await bus.IdleAsync();
        }

        await bus.DeadLetters.RedriveAsync((await bus.OnlyLetterAsync()).Id);
        await bus.IdleAsync();

        Assert.Equal(["1", isDone ? "2" : "1"], calls.All);
        Assert.Empty(await bus.LettersAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task KeySelector_ThatThrows_IsAFailedAttempt(bool inline)
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            var subscription = builder.Subscribe<OrderPlaced>("work", (order, _, _) => calls.Note(order.OrderId))
                .Idempotent<string>(_ => throw new FormatException("no key"))
                .Retry(retry => retry.MaxRetryAttempts = 2);
            if (inline)
            {
                subscription.Inline();
            }
        });

        Task publishing = bus.PublishAsync(new OrderPlaced("1")).AsTask();
        await bus.SettleAsync();
        await ScenarioBus.Soon(publishing);

        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Empty(calls.All);
        Assert.Equal((DeadLetterReason.RetriesExhausted, 3), (letter.Reason, letter.Attempts));
        Assert.Equal(["no key", "no key", "no key"], letter.Failures.Select(failure => failure.Message));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task KeySelector_ThatThrowsOnce_IsAskedAgainByTheRetry(bool inline)
    {
        Calls calls = new();
        int asked = 0;
        await using var bus = ScenarioBus.Start(builder =>
        {
            var subscription = builder.Subscribe<OrderPlaced>("work", (order, _, _) => calls.Note($"{order.Total}"))
                .Idempotent(order => ++asked == 1 ? throw new FormatException() : order.OrderId)
                .Retry(retry => retry.MaxRetryAttempts = 1);
            if (inline)
            {
                subscription.Inline();
            }
        });

        Task publishing = bus.PublishAsync(new OrderPlaced("1", 1)).AsTask();
        await bus.IdleAsync();
        Task second = bus.PublishAsync(new OrderPlaced("1", 2)).AsTask();
        await bus.SettleAsync();
        await ScenarioBus.Soon(Task.WhenAll(publishing, second));

        // The one without a key held up nobody, and finds its key done when it comes back.
        Assert.Equal(["2"], calls.All);
        Assert.Equal((2, 1), (bus["work"].Succeeded, bus["work"].Duplicates));
    }

    [Fact]
    public async Task Inline_ADuplicateInProgress_HoldsItsPublisher()
    {
        TaskCompletionSource gate = new();
        await using var bus = Start(async (_, _, _) => await gate.Task, inline: true);
        Task first = bus.PublishAsync(new OrderPlaced("1")).AsTask();

        Task second = bus.PublishAsync(new OrderPlaced("1")).AsTask();
        bool waits = !second.IsCompleted;
        gate.SetResult();
        await ScenarioBus.Soon(Task.WhenAll(first, second));

        Assert.True(waits);
        Assert.Equal((2, 1), (bus["work"].Succeeded, bus["work"].Duplicates));
    }

    [Fact]
    public async Task Inline_AHandlerPublishingItsOwnKey_DoesNotWaitForItself()
    {
        ScenarioBus? bus = null;
        Calls calls = new();
        bus = Start(async (order, _, token) =>
        {
            calls.Add($"{order.Total}");
            if (order.Total == 1)
            {
                await bus!.PublishAsync(new OrderPlaced("1", 2), token);
                throw new InvalidOperationException();
            }
        }, inline: true, retries: 0);
        await using (bus)
        {
            await ScenarioBus.Soon(bus.PublishAsync(new OrderPlaced("1", 1)).AsTask());
            await bus.IdleAsync();

            // The first has failed, so the one that it published runs after it.
            Assert.Equal(["1", "2"], calls.All);
            Assert.Equal((1, 1), (bus["work"].DeadLettered, bus["work"].Succeeded));
        }
    }

    [Fact]
    public async Task Inline_ThePublishersTokenWhileItWaits_MakesItPublishCancelled()
    {
        TaskCompletionSource gate = new();
        using CancellationTokenSource cancellation = new();
        await using var bus = Start(async (_, _, _) => await gate.Task, inline: true);
        Task first = bus.PublishAsync(new OrderPlaced("1")).AsTask();
        Task second = bus.PublishAsync(new OrderPlaced("1"), cancellation.Token).AsTask();

        await cancellation.CancelAsync();
        await ScenarioBus.Soon(second);
        gate.SetResult();
        await ScenarioBus.Soon(first);

        Assert.Equal(DeadLetterReason.PublishCancelled, (await bus.OnlyLetterAsync()).Reason);
        Assert.Equal((1, 0), (bus["work"].Succeeded, bus["work"].Duplicates));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Shutdown_WithDuplicatesThatWait_MakesThemDeadLetters(bool inline)
    {
        using CancellationTokenSource deadline = new();
        await using var bus = Start(async (_, _, token) => await Task.Delay(Timeout.Infinite, token), inline);
        Task[] publishes = [.. Enumerable.Range(0, 3).Select(_ => bus.PublishAsync(new OrderPlaced("1")).AsTask())];
        await UntilAsync(() => bus["work"] is { Running: 1, Queued: 2 });

        Task stopping = bus.Services.GetServices<IHostedService>().Single().StopAsync(deadline.Token);
        await deadline.CancelAsync();
        await ScenarioBus.Soon(stopping);
        await ScenarioBus.Soon(Task.WhenAll(publishes));

        IReadOnlyList<DeadLetter> letters = await bus.LettersAsync();
        Assert.Equal((3, 0), (letters.Count, bus["work"].Pending));
        Assert.All(letters, letter => Assert.Equal(DeadLetterReason.Shutdown, letter.Reason));
    }

    [Fact]
    public async Task Drain_WithDuplicatesThatWait_CompletesThem()
    {
        TaskCompletionSource gate = new();
        await using var bus = Start(async (_, _, _) => await gate.Task);
        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.PublishAsync(new OrderPlaced("1"));
        await UntilAsync(() => bus["work"] is { Running: 1, Queued: 1 });

        Task stopping = bus.Services.GetServices<IHostedService>().Single().StopAsync(default);
        gate.SetResult();
        await ScenarioBus.Soon(stopping);

        Assert.Equal((2, 1, 0), (bus["work"].Succeeded, bus["work"].Duplicates, bus["work"].Pending));
    }

    [Fact]
    public async Task AbandonedHandler_WithItsDeadLetter_FreesItsKeyThoughItGoesOn()
    {
        TaskCompletionSource deaf = new();
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("work", async (order, _, _) =>
            {
                calls.Add($"{order.Total}");
                if (order.Total == 1)
                {
                    await deaf.Task;
                }
            })
            .Idempotent(order => order.OrderId)
            .Timeout(TimeSpan.FromSeconds(10)));
        await bus.PublishAsync(new OrderPlaced("1", 1));
        await UntilAsync(() => calls.Count == 1);
        await bus.PublishAsync(new OrderPlaced("1", 2));
        await UntilAsync(() => bus["work"].Queued == 1);

        bus.Clock.Advance(TimeSpan.FromSeconds(10) + Tick);
        bus.Clock.Advance(TimeSpan.FromSeconds(2) + Tick);
        await bus.IdleAsync();
        DeliveryCounts counts = bus["work"];
        deaf.SetResult();
        await UntilAsync(() => bus["work"].LateEnds == 1);

        // Its late success does not make the key done: the second's own did.
        Assert.Equal(["1", "2"], calls.All);
        Assert.Equal(DeadLetterReason.TimedOut, (await bus.OnlyLetterAsync()).Reason);
        Assert.Equal((1, 1, 0), (counts.DeadLettered, counts.Succeeded, counts.Duplicates));
    }

    [Fact]
    public async Task WaitingDuplicate_ThatIsTooOldForItsTurn_Expires()
    {
        TaskCompletionSource gate = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("work", async (_, _, _) =>
            {
                await gate.Task;
                throw new InvalidOperationException();
            })
            .Idempotent(order => order.OrderId)
            .Retry(RetryPreset.None)
            .MaxAge(TimeSpan.FromMinutes(1)));
        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.PublishAsync(new OrderPlaced("1"));
        await UntilAsync(() => bus["work"] is { Running: 1, Queued: 1 });

        bus.Clock.Advance(TimeSpan.FromMinutes(1));
        gate.SetResult();
        await bus.IdleAsync();

        Assert.Equal(
            [DeadLetterReason.Expired, DeadLetterReason.RetriesExhausted],
            (await bus.LettersAsync()).Select(letter => letter.Reason).OrderDescending());
    }

    [Fact]
    public async Task RuntimeSubscription_BeingDisposed_WaitsForItsDuplicates()
    {
        TaskCompletionSource gate = new();
        Calls calls = new();
        await using var bus = ScenarioBus.Start(static _ => { });
        IEventSubscription subscription = bus.Bus.Subscribe<OrderPlaced>("live", async (order, _, _) =>
        {
            calls.Add($"{order.Total}");
            await gate.Task;
        }, options => options.Idempotent(order => order.OrderId));
        await bus.PublishAsync(new OrderPlaced("1", 1));
        await UntilAsync(() => calls.Count == 1);
        await bus.PublishAsync(new OrderPlaced("1", 2));
        await UntilAsync(() => bus["live"] is { Running: 1, Queued: 1 });

        Task ending = subscription.DisposeAsync().AsTask();
        bool waits = !ending.IsCompleted;
        gate.SetResult();
        await ScenarioBus.Soon(ending);

        Assert.True(waits);
        Assert.Equal(["1"], calls.All);
        Assert.Equal(1, bus.Monitor.GetStatistics().Total.Duplicates);
    }

    [Fact]
    public async Task Publishes_OfFewKeysFromManyThreads_NeverRunOneKeyTwiceAtOnceNorTwiceInAll()
    {
        const int Keys = 20;
        ConcurrentDictionary<string, int> running = new();
        ConcurrentDictionary<string, int> succeeded = new();
        int overlaps = 0;
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("work", async (order, _, _) =>
            {
                if (running.AddOrUpdate(order.OrderId, 1, static (_, count) => count + 1) > 1)
                {
                    Interlocked.Increment(ref overlaps);
                }

                await Task.Yield();
                running.AddOrUpdate(order.OrderId, 0, static (_, count) => count - 1);
                if (order.Total % 3 != 0)
                {
                    throw new InvalidOperationException();
                }

                succeeded.AddOrUpdate(order.OrderId, 1, static (_, count) => count + 1);
            })
            .Idempotent(order => order.OrderId)
            .Retry(RetryPreset.None)
            .Queue(queue => queue.MaxConcurrency = 8));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 2_000; i++)
            {
                await bus.PublishAsync(new OrderPlaced($"{i % Keys}", i));
            }
        })));
        await bus.IdleAsync();

        Assert.Equal(0, overlaps);
        Assert.Equal(Keys, succeeded.Count);
        Assert.All(succeeded.Values, count => Assert.Equal(1, count));
        DeliveryCounts counts = bus["work"];
        Assert.Equal((8_000, 0, Keys), (counts.Accepted, counts.Pending, counts.Succeeded - counts.Duplicates));
    }

    private static ScenarioBus Start(
        Func<OrderPlaced, EventContext, CancellationToken, ValueTask> handler, bool inline = false, int? retries = null) =>
        ScenarioBus.Start(builder =>
        {
            SubscriptionBuilder<OrderPlaced> subscription =
                builder.Subscribe("work", handler).Idempotent(static order => order.OrderId);
            if (inline)
            {
                subscription.Inline();
            }
            else
            {
                subscription.Queue(queue => queue.MaxConcurrency = 2);
            }

            if (retries is { } most)
            {
                subscription.Retry(retry => retry.MaxRetryAttempts = most);
            }
        });

    private static Task UntilAsync(Func<bool> condition) => TestStand.UntilAsync(condition);
}
