using EventBus.DeadLettering;
using EventBus.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventBus.Tests.Scenarios;

/// <summary>Several events in one call of a handler.</summary>
public sealed class BatchScenarios
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    private readonly Calls _calls = new();

    private sealed record Step(int Number, string Key = "A");

    [Fact]
    public async Task Batch_AsManyAsItsSize_IsClosedAtOnce()
    {
        await using ScenarioBus bus = Start((_, _, _) => default, size: 3);

        await PublishAsync(bus, 1, 2, 3, 4);
        await bus.IdleAsync();

        Assert.Equal(["1 2 3"], _calls.All);
        Assert.Equal((3, 1), (bus["batches"].Succeeded, bus["batches"].Queued));
    }

    [Fact]
    public async Task Batch_OfFewerThanItsSize_IsClosedByItsWindowCountedFromItsFirstEvent()
    {
        await using ScenarioBus bus = Start((_, _, _) => default);

        await PublishAsync(bus, 1);
        bus.Clock.Advance(Window / 2);
        await PublishAsync(bus, 2);
        await bus.IdleAsync();
        bus.Clock.Advance((Window / 2) - Tick);
        await bus.IdleAsync();
        Assert.Empty(_calls.All);
        Assert.Equal((2, 0), (bus["batches"].Queued, bus["batches"].Running));
        bus.Clock.Advance(Tick);
        await bus.IdleAsync();

        Assert.Equal(["1 2"], _calls.All);
        Assert.Equal(2, bus["batches"].Succeeded);
    }

    [Fact]
    public async Task Batch_LeftBehindByAFullOne_HasAWindowOfItsOwn()
    {
        await using ScenarioBus bus = Start((_, _, _) => default, size: 2);
        await PublishAsync(bus, 1);
        bus.Clock.Advance(Window / 2);
        await PublishAsync(bus, 2, 3);
        await bus.IdleAsync();

        bus.Clock.Advance(Window - Tick);
        await bus.IdleAsync();
        Assert.Equal(["1 2"], _calls.All);
        bus.Clock.Advance(Tick);
        await bus.IdleAsync();

        Assert.Equal(["1 2", "3"], _calls.All);
    }

    [Fact]
    public async Task Batch_WithoutAWindow_TakesWhatIsThere()
    {
        TaskCompletionSource gate = new();
        await using ScenarioBus bus = Start(async (_, _, _) => await gate.Task, window: TimeSpan.Zero, concurrency: 1);
        await PublishAsync(bus, 1);
        await TestStand.UntilAsync(() => _calls.Count == 1);
        await PublishAsync(bus, 2, 3, 4);

        gate.SetResult();
        await bus.IdleAsync();

        Assert.Equal(["1", "2 3 4"], _calls.All);
    }

    [Fact]
    public async Task Batch_InAFullQueue_IsClosedThoughItIsSmall()
    {
        await using ScenarioBus bus = Start((_, _, _) => default, configure: builder => builder.Queue(queue => queue.Capacity = 2));

        await PublishAsync(bus, 1, 2);
        await bus.IdleAsync();

        Assert.Equal(["1 2"], _calls.All);
    }

    [Fact]
    public async Task Batch_WhileNothingWaits_SetsNoAlarm()
    {
        await using ScenarioBus bus = Start((_, _, _) => default, size: 2);
        Assert.Null(bus.Monitor.GetStatistics().NextRetryAt);

        await PublishAsync(bus, 1);
        Assert.Equal(bus.Clock.GetUtcNow() + Window, bus.Monitor.GetStatistics().NextRetryAt);
        await PublishAsync(bus, 2);
        await bus.IdleAsync();

        Assert.Null(bus.Monitor.GetStatistics().NextRetryAt);
    }

    [Fact]
    public async Task Batch_ThatWaitsForItsWindow_IsPendingAndNotAtWork()
    {
        await using ScenarioBus bus = Start((_, _, _) => default);
        await PublishAsync(bus, 1);

        await bus.IdleAsync();
        Task settled = bus.Monitor.WhenSettledAsync().AsTask();
        Assert.False(settled.IsCompleted);
        bus.Clock.Advance(Window);

        await ScenarioBus.Soon(settled);
        Assert.Equal(["1"], _calls.All);
    }

    [Fact]
    public async Task Batch_WithMaxConcurrency_CountsBatches()
    {
        TaskCompletionSource gate = new();
        await using ScenarioBus bus = Start(async (_, _, _) => await gate.Task, size: 2, concurrency: 2);

        await PublishAsync(bus, 1, 2, 3, 4, 5, 6);

        await TestStand.UntilAsync(() => _calls.Count == 2);
        Assert.Equal((4, 2), (bus["batches"].Running, bus["batches"].Queued));
        gate.SetResult();
        await bus.IdleAsync();
        Assert.Equal(3, _calls.Count);
    }

    [Fact]
    public async Task Fail_OfSomeEvents_RetriesThoseAlone()
    {
        await using ScenarioBus bus = Start((events, context, _) =>
        {
            for (int i = 0; i < events.Count; i++)
            {
                if (events[i].Number == 2 && context.AttemptOf(i) < 3)
                {
                    context.Fail(i, new InvalidOperationException("not now"));
                }
            }

            return default;
        });

        await PublishAsync(bus, 1, 2, 3);
        await bus.SettleAsync();

        Assert.Equal(["1 2 3", "2", "2"], _calls.All);
        Assert.Equal((3, 0, 2), (bus["batches"].Succeeded, bus["batches"].DeadLettered, bus["batches"].Retries));
    }

    [Fact]
    public async Task Fail_AtTheLastAttempt_MakesADeadLetterOfThatEventWithItsOwnFailures()
    {
        await using ScenarioBus bus = Start((events, context, _) =>
        {
            for (int i = 0; i < events.Count; i++)
            {
                if (events[i].Number == 2)
                {
                    context.Fail(i, new InvalidOperationException($"attempt {context.AttemptOf(i)}"));
                }
            }

            return default;
        });

        await PublishAsync(bus, 1, 2);
        await bus.SettleAsync();

        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Equal((2, DeadLetterReason.RetriesExhausted, 3), (((Step)letter.Event).Number, letter.Reason, letter.Attempts));
        Assert.Equal(
            [(1, "attempt 1"), (2, "attempt 2"), (3, "attempt 3")],
            letter.Failures.Select(static failure => (failure.Attempt, failure.Message)));
    }

    [Fact]
    public async Task Fail_TwiceOfOneEvent_KeepsTheLast()
    {
        await using ScenarioBus bus = Start(
            (_, context, _) =>
            {
                context.Fail(0, new InvalidOperationException("first"));
                context.Fail(0, new InvalidOperationException("last"));
                return default;
            },
            configure: builder => builder.Retry(RetryPreset.None));

        await PublishAsync(bus, 1);
        await bus.SettleAsync();

        Assert.Equal("last", Assert.Single((await bus.OnlyLetterAsync()).Failures).Message);
    }

    [Fact]
    public async Task Fail_WithWhatIsNotRetried_IsFinal()
    {
        await using ScenarioBus bus = Start(
            (_, context, _) =>
            {
                context.Fail(1, new FormatException());
                return default;
            },
            configure: builder => builder.DoNotRetry<FormatException>());

        await PublishAsync(bus, 1, 2);
        await bus.SettleAsync();

        Assert.Equal(DeadLetterReason.NotRetryable, (await bus.OnlyLetterAsync()).Reason);
        Assert.Equal(1, bus["batches"].Succeeded);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public async Task Fail_OfNoEventOfTheBatch_IsRefused(int index)
    {
        await using ScenarioBus bus = Start((_, context, _) =>
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => context.Fail(index, new InvalidOperationException()));
            Assert.Throws<ArgumentOutOfRangeException>(() => context.MetadataOf(index));
            Assert.Throws<ArgumentNullException>(() => context.Fail(0, null!));
            return default;
        });

        await PublishAsync(bus, 1, 2);
        await bus.SettleAsync();

        Assert.Equal((1, 2), (_calls.Count, bus["batches"].Succeeded));
    }

    [Fact]
    public async Task Context_AfterTheHandlersEnd_Throws()
    {
        BatchContext? kept = null;
        await using ScenarioBus bus = Start((_, context, _) =>
        {
            kept = context;
            return default;
        });

        await PublishAsync(bus, 1);
        await bus.SettleAsync();

        Assert.Throws<InvalidOperationException>(() => kept!.Fail(0, new InvalidOperationException()));
        Assert.Throws<InvalidOperationException>(() => kept!.MetadataOf(0));
        Assert.Throws<InvalidOperationException>(() => kept!.SubscriptionName);
        Assert.Throws<InvalidOperationException>(() => kept!.Deadline);
    }

    [Fact]
    public async Task Context_TellsOfEachEventItsOwn()
    {
        List<(EventMetadata Metadata, int Attempt)> seen = [];
        ScenarioBus? self = null;
        await using ScenarioBus bus = Start((events, context, _) =>
        {
            Assert.Equal((2, "batches"), (context.Count, context.SubscriptionName));
            Assert.Equal(self!.Clock.GetUtcNow() + TimeSpan.FromMinutes(15), context.Deadline);
            seen.AddRange(events.Select((_, i) => (context.MetadataOf(i), context.AttemptOf(i))));
            return default;
        });

        self = bus;
        await bus.Bus.PublishAsync(new Step(1), new PublishOptions { CorrelationId = "one" });
        await bus.Bus.PublishAsync(new Step(2), new PublishOptions { CorrelationId = "two" });
        await bus.SettleAsync();

        Assert.Equal(["one", "two"], seen.Select(static each => each.Metadata.CorrelationId));
        Assert.Equal([1, 1], seen.Select(static each => each.Attempt));
        Assert.Equal(2, seen.Select(static each => each.Metadata.EventId).Distinct().Count());
    }

    [Fact]
    public async Task Handler_ThatThrows_FailsAllAndEachHasItsOwnAttempts()
    {
        await using ScenarioBus bus = Start((events, _, _) =>
            events.Any(static each => each.Number == 1) ? throw new InvalidOperationException("all of them") : default);

        await PublishAsync(bus, 1, 2);
        await bus.IdleAsync();
        bus.Clock.Advance(Window);
        await bus.IdleAsync();
        Assert.Equal(2, bus["batches"].WaitingForRetry);
        await bus.SettleAsync();

        Assert.Equal(3, _calls.Count);
        Assert.All(_calls.All, static call => Assert.Contains(call, (string[])["1 2", "2 1"]));
        Assert.All(await bus.LettersAsync(), static letter => Assert.Equal(
            (DeadLetterReason.RetriesExhausted, 3, 3), (letter.Reason, letter.Attempts, letter.Failures.Count)));
        Assert.Equal((0, 2), (bus["batches"].Succeeded, bus["batches"].DeadLettered));
    }

    [Fact]
    public async Task Retry_ThatIsDue_ComesBeforeNewEventsInTheirBatch()
    {
        await using ScenarioBus bus = Start((events, context, _) =>
        {
            if (events[0].Number == 1 && context.AttemptOf(0) == 1)
            {
                context.Fail(0, new InvalidOperationException("not now"));
            }

            return default;
        }, configure: builder => builder.Retry(retry => (retry.Delay, retry.UseJitter) = (TimeSpan.FromSeconds(5), false)));
        await PublishAsync(bus, 1);
        bus.Clock.Advance(Window);
        await bus.IdleAsync();
        bus.Clock.Advance(TimeSpan.FromSeconds(4.5));
        await PublishAsync(bus, 2, 3);

        bus.Clock.Advance(TimeSpan.FromSeconds(0.5));
        await bus.IdleAsync();
        Assert.Equal(["1"], _calls.All);
        await bus.SettleAsync();

        Assert.Equal(["1", "1 2 3"], _calls.All);
    }

    [Fact]
    public async Task HandlerClass_EachCall_HasAScopeOfItsOwn()
    {
        await using var bus = ScenarioBus.Start(
            builder => builder.SubscribeBatch<Step, ScopedHandler>("scoped").Batch(batch => (batch.Size, batch.Bisect) = (4, true)),
            services => services.AddSingleton(_calls).AddScoped<Scope>());

        await PublishAsync(bus, 1);
        await bus.IdleAsync();
        await PublishAsync(bus, 2);
        await bus.IdleAsync();

        Assert.Equal(["handled", "disposed", "handled", "disposed"], _calls.All);
    }

    [Fact]
    public async Task Bisect_OnePoisonEventAmong128_IsAloneAfterAtMostEightCallsWhereverItStands()
    {
        for (int poison = 0; poison < 128; poison++)
        {
            List<(int[] Events, bool Failed)> calls = [];
            int number = poison;
            await using ScenarioBus bus = Start(
                (events, context, _) =>
                {
                    bool fails = events.Any(each => each.Number == number);
                    calls.Add(([.. events.Select(static each => each.Number)], fails));
                    Assert.All(events.Select((_, i) => context.AttemptOf(i)), static attempt => Assert.Equal(1, attempt));
                    return fails ? throw new InvalidOperationException("poison") : default;
                },
                size: 128,
                bisect: true,
                configure: static builder => builder.Retry(RetryPreset.None));

            await PublishAsync(bus, [.. Enumerable.Range(0, 128)]);
            await bus.IdleAsync();

            // Alone: it is known which one it is, whether it was called alone by then or all others were found good.
            var suspects = Enumerable.Range(0, 128).ToHashSet();
            int needed = 0;
            foreach ((int[] events, bool failed) in calls)
            {
                suspects = failed ? [.. suspects.Intersect(events)] : [.. suspects.Except(events)];
                needed++;
                if (suspects.Count == 1)
                {
                    break;
                }
            }

            Assert.Equal([number], suspects);
            Assert.InRange(needed, 1, 8);
            Assert.InRange(calls.Count(static call => call.Failed), 1, 8);
            Assert.InRange(calls.Count, 9, 15);
            Assert.Equal(127, calls.Where(static call => !call.Failed).Sum(static call => call.Events.Length));
            DeadLetter letter = await bus.OnlyLetterAsync();
            Assert.Equal((number, 1), (((Step)letter.Event).Number, letter.Attempts));
            Assert.Equal(127, bus["batches"].Succeeded);
        }
    }

    [Fact]
    public async Task Bisect_UsesUpNoAttempt_AndThePoisonEventHasAllOfItsOwn()
    {
        await using ScenarioBus bus = Start(
            static (events, _, _) => events.Any(static each => each.Number == 3) ? throw new InvalidOperationException("poison") : default,
            bisect: true);

        await PublishAsync(bus, 1, 2, 3, 4);
        await bus.SettleAsync();

        Assert.Equal(["1 2 3 4", "1 2", "3", "4", "3", "3"], _calls.All);
        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Equal((3, 3), (letter.Attempts, letter.Failures.Count));
        Assert.Equal((3, 2), (bus["batches"].Succeeded, bus["batches"].Retries));
    }

    [Fact]
    public async Task Bisect_OfAFailureThatWasPassing_SucceedsInTheEnd()
    {
        await using ScenarioBus bus = Start(
            (_, _, _) => _calls.Count == 1 ? throw new InvalidOperationException("once") : default, bisect: true);

        await PublishAsync(bus, 1, 2, 3, 4);
        await bus.SettleAsync();

        Assert.Equal(["1 2 3 4", "1 2", "3", "4"], _calls.All);
        Assert.Equal((4, 0), (bus["batches"].Succeeded, bus["batches"].Retries));
    }

    [Fact]
    public async Task Timeout_OfABatch_RetriesAllAndEndsAsTimedOut()
    {
        await using ScenarioBus bus = Start(
            static async (_, _, token) => await Task.Delay(System.Threading.Timeout.Infinite, token),
            configure: builder => builder.Timeout(TimeSpan.FromSeconds(3)).Retry(retry => retry.MaxRetryAttempts = 1));

        await PublishAsync(bus, 1, 2);
        bus.Clock.Advance(Window);
        await TestStand.UntilAsync(() => _calls.Count == 1);
        bus.Clock.Advance(TimeSpan.FromSeconds(3));
        await TestStand.UntilAsync(() => bus["batches"].WaitingForRetry == 2);
        bus.Clock.Advance(TimeSpan.FromSeconds(1));
        await TestStand.UntilAsync(() => bus["batches"].Queued == 2);
        bus.Clock.Advance(Window);
        await TestStand.UntilAsync(() => _calls.Count == 2);
        bus.Clock.Advance(TimeSpan.FromSeconds(3));
        await TestStand.UntilAsync(() => bus["batches"].DeadLettered == 2);

        Assert.All(await bus.LettersAsync(), static letter => Assert.Equal((DeadLetterReason.TimedOut, 2), (letter.Reason, letter.Attempts)));
        Assert.Equal(0, bus["batches"].Abandoned);
    }

    [Fact]
    public async Task Timeout_OfABatchWhoseHandlerGoesOn_MakesDeadLettersOfAllAndChangesNothingLater()
    {
        TaskCompletionSource deaf = new(TaskCreationOptions.RunContinuationsAsynchronously);
        BatchContext? late = null;
        await using ScenarioBus bus = Start(
            async (_, context, _) =>
            {
                late = context;
                await deaf.Task;
            },
            configure: builder => builder.Timeout(TimeSpan.FromSeconds(3)));

        await PublishAsync(bus, 1, 2);
        bus.Clock.Advance(Window);
        await TestStand.UntilAsync(() => Volatile.Read(ref late) is not null);
        await TestStand.UntilAsync(() =>
        {
            bus.Clock.Advance(TimeSpan.FromSeconds(0.5));
            return bus["batches"].DeadLettered == 2;
        });
        Assert.Throws<InvalidOperationException>(() => late!.Fail(0, new InvalidOperationException()));
        deaf.SetResult();
        await TestStand.UntilAsync(() => bus["batches"].LateEnds == 1);

        Assert.All(await bus.LettersAsync(), static letter => Assert.Equal((DeadLetterReason.TimedOut, 1), (letter.Reason, letter.Attempts)));
        Assert.Equal((0, 2, 1), (bus["batches"].Succeeded, bus["batches"].DeadLettered, bus["batches"].Abandoned));
    }

    [Fact]
    public async Task MaxAge_OfSomeEvents_GivesUpThoseAlone()
    {
        await using ScenarioBus bus = Start((_, _, _) => default, configure: static builder => builder.MaxAge(TimeSpan.FromSeconds(10)));

        await bus.Bus.PublishAsync(new Step(1), new PublishOptions { OccurredAt = bus.Clock.GetUtcNow() - TimeSpan.FromMinutes(1) });
        await PublishAsync(bus, 2);
        await bus.SettleAsync();

        Assert.Equal(["2"], _calls.All);
        Assert.Equal(DeadLetterReason.Expired, (await bus.OnlyLetterAsync()).Reason);
    }

    [Fact]
    public async Task Filter_AndPattern_DecideBeforeTheBatch()
    {
        await using ScenarioBus bus = Start((_, _, _) => default, configure: static builder => builder
            .Where(static step => step.Number > 1)
            .Matching("""{ "number": [{ "anything-but": [3] }] }"""));

        await PublishAsync(bus, 1, 2, 3, 4);
        await bus.SettleAsync();

        Assert.Equal(["2 4"], _calls.All);
        Assert.Equal((2, 2), (bus["batches"].Accepted, bus["batches"].Filtered));
    }

    [Fact]
    public async Task Resilience_ThatRetries_CountsEachCallAsAnAttempt()
    {
        await using ScenarioBus bus = Start(
            (_, _, _) => _calls.Count == 1 ? throw new InvalidOperationException("once") : default,
            configure: static builder => builder.Resilience(static pipeline => Polly.RetryResiliencePipelineBuilderExtensions.AddRetry(
                pipeline, new Polly.Retry.RetryStrategyOptions { Delay = TimeSpan.Zero, MaxRetryAttempts = 1 })));

        await PublishAsync(bus, 1, 2);
        await bus.SettleAsync();

        Assert.Equal(["1 2", "1 2"], _calls.All);
        Assert.Equal((2, 0), (bus["batches"].Succeeded, bus["batches"].Retries));
    }

    [Fact]
    public async Task Redrive_OfALetter_JoinsABatch()
    {
        bool fails = true;
        await using ScenarioBus bus = Start(
            (_, _, _) => fails ? throw new InvalidOperationException("not now") : default,
            configure: static builder => builder.Retry(RetryPreset.None));
        await PublishAsync(bus, 1);
        await bus.SettleAsync();
        fails = false;

        await PublishAsync(bus, 2);
        await bus.DeadLetters.RedriveAsync((await bus.OnlyLetterAsync()).Id);
        await bus.SettleAsync();

        Assert.Equal(["1", "2 1"], _calls.All);
        Assert.Equal((2, 1), (bus["batches"].Succeeded, bus["batches"].Redriven));
    }

    [Fact]
    public async Task Publish_FromABatch_CountsOneHopMoreThanItsLongestChain()
    {
        ScenarioBus? self = null;
        await using ScenarioBus bus = Start(async (events, _, _) =>
        {
            if (events.Any(static each => each.Number < 1_000))
            {
                await self!.PublishAsync(new Step(events.Max(static each => each.Number) + 1));
            }
        }, window: TimeSpan.Zero);
        self = bus;

        await PublishAsync(bus, 1);
        await bus.SettleAsync();

        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Equal((DeadLetterReason.RecursionLimit, 17), (letter.Reason, letter.Metadata.HopCount));
        Assert.Equal(17, _calls.Count);
    }

    [Fact]
    public async Task Drain_WhileEventsWaitForTheirWindow_HandlesThemAtOnce()
    {
        await using ScenarioBus bus = Start((_, _, _) => default);
        await PublishAsync(bus, 1, 2);
        await bus.IdleAsync();

        await ScenarioBus.Soon(Service(bus).StopAsync(default));

        Assert.Equal(["1 2"], _calls.All);
        Assert.Equal((2, 0), (bus["batches"].Succeeded, bus["batches"].Pending));
    }

    [Fact]
    public async Task Drain_PastItsDeadline_MakesDeadLettersOfAllThatIsLeft()
    {
        using CancellationTokenSource deadline = new();
        await using ScenarioBus bus = Start(
            static async (_, _, token) => await Task.Delay(System.Threading.Timeout.Infinite, token), size: 2, concurrency: 1);
        await PublishAsync(bus, 1, 2, 3);
        await TestStand.UntilAsync(() => _calls.Count == 1);

        Task stopping = Service(bus).StopAsync(deadline.Token);
        await deadline.CancelAsync();
        await TestStand.UntilAsync(() =>
        {
            bus.Clock.Advance(TimeSpan.FromSeconds(2) + Tick);
            return stopping.IsCompleted;
        });

        Assert.All(await bus.LettersAsync(), static letter => Assert.Equal(DeadLetterReason.Shutdown, letter.Reason));
        Assert.Equal((3, 0), (bus["batches"].DeadLettered, bus["batches"].Pending));
    }

    [Fact]
    public async Task Drain_OfABusThatIsDisposedAtOnce_MakesDeadLettersOfWhatWaitsForItsWindow()
    {
        await using ScenarioBus bus = Start((_, _, _) => default);
        await PublishAsync(bus, 1, 2);
        await bus.IdleAsync();

        bus.Services.Dispose();
        await ScenarioBus.Soon(bus.Monitor.WhenSettledAsync().AsTask());

        Assert.Empty(_calls.All);
        Assert.All(await bus.LettersAsync(), static letter => Assert.Equal(DeadLetterReason.Shutdown, letter.Reason));
        Assert.Equal((2, 0), (bus["batches"].DeadLettered, bus["batches"].Queued));
    }

    [Fact]
    public async Task Drain_PastADeafHandler_GivesUpItsWholeBatch()
    {
        using CancellationTokenSource deadline = new();
        TaskCompletionSource deaf = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool hasEnded = false;
        await using ScenarioBus bus = Start(async (_, _, _) =>
        {
            await deaf.Task;
            Volatile.Write(ref hasEnded, true);
        }, size: 2);
        await PublishAsync(bus, 1, 2);
        await TestStand.UntilAsync(() => _calls.Count == 1);

        Task stopping = Service(bus).StopAsync(deadline.Token);
        await deadline.CancelAsync();
        await TestStand.UntilAsync(() =>
        {
            bus.Clock.Advance(TimeSpan.FromSeconds(2) + Tick);
            return stopping.IsCompleted;
        });
        await TestStand.UntilAsync(() => bus["batches"].Pending == 0);
        deaf.SetResult();
        await TestStand.UntilAsync(() => Volatile.Read(ref hasEnded));

        Assert.Equal((0, 2), (bus["batches"].Succeeded, bus["batches"].DeadLettered));
        Assert.Equal(2, (await bus.LettersAsync()).Count);
    }

    [Fact]
    public async Task Observers_OfABatch_AreToldOfEachEvent()
    {
        Watcher watcher = new();
        await using var bus = ScenarioBus.Start(
            builder => builder.AddObserver<Watcher>()
                .SubscribeBatch<Step>("batches", (_, context, _) =>
                {
                    context.Fail(1, new InvalidOperationException("never"));
                    return default;
                })
                .Batch(batch => (batch.Size, batch.Window) = (2, Window))
                .Retry(RetryPreset.None),
            services => services.AddSingleton(watcher));

        await PublishAsync(bus, 1, 2);
        await bus.IdleAsync();

        Assert.Equal(
            ["Accepted 1", "Accepted 2", "DeadLettered 2", "Published 1", "Published 2", "Succeeded 1"],
            watcher.Seen.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task OrderBy_SeveralEventsOfAKey_StandInOneBatchInTheirOrderAndKeysTakeTurns()
    {
        await using ScenarioBus bus = Start((_, _, _) => default, size: 6, configure: static builder => builder.OrderBy(static step => step.Key));

        foreach (Step step in (Step[])[new(1), new(2), new(3), new(4), new(10, "B"), new(11, "B")])
        {
            await bus.PublishAsync(step);
        }

        await bus.SettleAsync();
        Assert.Equal(["1 10 2 11 3 4"], _calls.All);
        Assert.Equal(6, bus["batches"].Succeeded);
    }

    [Fact]
    public async Task OrderBy_AfterAFailure_HandlesTheKeysLaterEventsAgainBehindIt()
    {
        List<(int Number, int Attempt)> seen = [];
        await using ScenarioBus bus = Start((events, context, _) =>
        {
            for (int i = 0; i < events.Count; i++)
            {
                seen.Add((events[i].Number, context.AttemptOf(i)));
                if (events[i].Number == 2 && context.AttemptOf(i) == 1)
                {
                    context.Fail(i, new InvalidOperationException("not now"));
                }
            }

            return default;
        }, configure: static builder => builder.OrderBy(static step => step.Key));
        await PublishAsync(bus, 1, 2, 3, 4);
        await bus.PublishAsync(new Step(10, "B"));
        bus.Clock.Advance(Window);
        await bus.IdleAsync();
        Assert.Equal((2, 2, 1), (bus["batches"].Succeeded, bus["batches"].Queued, bus["batches"].WaitingForRetry));

        await PublishAsync(bus, 5);
        await bus.SettleAsync();

        Assert.Equal(["1 10 2 3 4", "2", "3 4 5"], _calls.All);
        Assert.Equal([(3, 1), (3, 1)], seen.Where(static each => each.Number == 3));
        Assert.Equal((6, 1), (bus["batches"].Succeeded, bus["batches"].Retries));
    }

    [Fact]
    public async Task OrderBy_ABatchThatThrows_FailsTheFirstOfEachKeyAlone()
    {
        await using ScenarioBus bus = Start(
            (_, _, _) => _calls.Count == 1 ? throw new InvalidOperationException("all of them") : default,
            configure: static builder => builder.OrderBy(static step => step.Key));
        await PublishAsync(bus, 1, 2);
        await bus.PublishAsync(new Step(10, "B"));

        await bus.SettleAsync();

        Assert.Equal((3, 2), (bus["batches"].Succeeded, bus["batches"].Retries));
        Assert.Equal(1, _calls.All.Count(static call => call.Split(' ').Contains("2") && call.Split(' ').Contains("1")));
        Assert.Equal("2", _calls.All[^1]);
    }

    [Fact]
    public async Task OrderBy_WithBisect_DoesNotCallWhatStandsBehindThePoisonEvent()
    {
        await using ScenarioBus bus = Start(
            static (events, _, _) => events.Any(static each => each.Number == 2) ? throw new InvalidOperationException("poison") : default,
            bisect: true,
            configure: static builder => builder.InOrder().Retry(RetryPreset.None));

        await PublishAsync(bus, 1, 2, 3, 4);
        await bus.SettleAsync();

        Assert.Equal(["1 2 3 4", "1 2", "1", "2", "3 4"], _calls.All);
        Assert.Equal((3, 1), (bus["batches"].Succeeded, bus["batches"].DeadLettered));
    }

    [Fact]
    public async Task OrderBy_WithPark_ParksTheRestOfTheBatchBehindItsDeadLetterInTheirOrder()
    {
        bool fails = true;
        await using ScenarioBus bus = Start((events, context, _) =>
        {
            if (fails && events.Count > 1)
            {
                context.Fail(1, new InvalidOperationException("never"));
            }

            return default;
        }, configure: static builder => builder.InOrder(AfterDeadLetter.Park).Retry(RetryPreset.None));
        await PublishAsync(bus, 1, 2, 3);
        await bus.SettleAsync();
        await PublishAsync(bus, 4);
        await bus.SettleAsync();

        List<DeadLetter> letters = [.. (await bus.LettersAsync()).OrderBy(static letter => letter.DeadLetteredAt)];
        Assert.Equal([2, 3, 4], letters.Select(static letter => ((Step)letter.Event).Number));
        Assert.Equal([1, 0, 0], letters.Select(static letter => letter.Attempts));
        fails = false;
        await bus.DeadLetters.RedriveAsync(letters[0].Id);
        await bus.SettleAsync();

        Assert.Equal(["1 2 3", "2", "3", "4"], _calls.All);
        Assert.Equal((4, 0), (bus["batches"].Succeeded, bus["batches"].Pending));
    }

    [Fact]
    public async Task FairBy_AKeyWithALongBacklog_LeavesRoomInTheBatch()
    {
        await using ScenarioBus bus = Start((_, _, _) => default, size: 4, concurrency: 1, configure: static builder => builder
            .FairBy(static step => step.Key));
        foreach (Step step in (Step[])[new(1), new(2), new(10, "B"), new(3)])
        {
            await bus.PublishAsync(step);
        }

        await bus.SettleAsync();
        Assert.Equal(["1 10 2 3"], _calls.All);
    }

    private ScenarioBus Start(
        Func<IReadOnlyList<Step>, BatchContext, CancellationToken, ValueTask> handler,
        int size = 100,
        TimeSpan? window = null,
        bool bisect = false,
        int? concurrency = null,
        Action<SubscriptionBuilder<Step>>? configure = null) => ScenarioBus.Start(bus =>
        {
            SubscriptionBuilder<Step> builder = bus
                .SubscribeBatch<Step>("batches", (events, context, token) =>
                {
                    _calls.Add(string.Join(' ', events.Select(static each => each.Number)));
                    return handler(events, context, token);
                })
                .Batch(batch => (batch.Size, batch.Window, batch.Bisect) = (size, window ?? Window, bisect))
                .Retry(static retry => retry.UseJitter = false);
            if (concurrency is { } most)
            {
                builder.Queue(queue => queue.MaxConcurrency = most);
            }

            configure?.Invoke(builder);
        });

    private static async Task PublishAsync(ScenarioBus bus, params int[] numbers)
    {
        foreach (int number in numbers)
        {
            await bus.PublishAsync(new Step(number));
        }
    }

    private static IHostedLifecycleService Service(ScenarioBus bus) =>
        bus.Services.GetServices<IHostedService>().OfType<IHostedLifecycleService>().Single();

    private sealed class Watcher : IDeliveryObserver
    {
        private readonly Calls _calls = new();

        public IReadOnlyList<string> Seen => _calls.All;

        public void Observe(in DeliveryObservation observation) => _calls.Add($"{observation.Stage} {((Step)observation.Event).Number}");
    }

    private sealed class Scope(Calls calls) : IDisposable
    {
        public void Note() => calls.Add("handled");

        public void Dispose() => calls.Add("disposed");
    }

    private sealed class ScopedHandler(Scope scope) : IBatchEventHandler<Step>
    {
        public ValueTask HandleAsync(IReadOnlyList<Step> events, BatchContext context, CancellationToken cancellationToken)
        {
            scope.Note();
            return default;
        }
    }
}
