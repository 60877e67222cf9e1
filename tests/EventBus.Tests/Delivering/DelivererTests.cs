using System.Runtime.CompilerServices;
using EventBus.DeadLettering;
using EventBus.Delivering;
using EventBus.Diagnostics;

namespace EventBus.Tests.Delivering;

public sealed class DelivererTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private sealed record OrderPlaced;

    private sealed record OrderBilled;

    [Fact]
    public async Task Failures_OfAnExceptionObjectThrownAgain_AreOneForEachAttempt()
    {
        InvalidOperationException shared = new("always the same object");
        await using var stand = TestStand.Build(bus => bus
            .Subscribe<OrderPlaced>("s", (_, _, _) => throw shared)
            .Retry(retry => (retry.MaxRetryAttempts, retry.Delay) = (2, TimeSpan.Zero)));

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        DeadLetter letter = await stand.LetterAsync();
        Assert.Equal(3, letter.Attempts);
        Assert.Equal([1, 2, 3], letter.Failures.Select(failure => failure.Attempt));
    }

    [Fact]
    public async Task Retry_HandlerRethrowsTheTimeoutOfAnEventItPublished_IsAFailureLikeAnyOther()
    {
        IEventBus? self = null;
        int attempts = 0;
        TaskCompletionSource never = new();
        await using var stand = TestStand.Build(bus =>
        {
            bus.Subscribe<OrderPlaced>("outer", async (_, _, token) =>
            {
                attempts++;
                try
                {
                    await self!.PublishAsync(new OrderBilled(), token);
                }
                catch (AggregateException failures)
                {
                    throw failures.InnerExceptions[0];
                }
            }).Retry(retry => (retry.MaxRetryAttempts, retry.Delay) = (1, TimeSpan.Zero)).Timeout(Timeout.InfiniteTimeSpan);
            bus.Subscribe<OrderBilled>("inner", async (_, _, _) => await never.Task)
                .Inline(InlineFailure.Throw).Timeout(TimeSpan.FromSeconds(1));
        });
        self = stand.Bus;

        await stand.PublishAsync(new OrderPlaced());
        while (!stand.Monitor.GetStatistics().Total.Pending.Equals(0))
        {
            stand.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        DeadLetter outer = Assert.Single(await stand.LettersAsync(new DeadLetterQuery { Subscription = "outer" }));
        Assert.Equal(2, attempts);
        Assert.Equal(DeadLetterReason.RetriesExhausted, outer.Reason);
    }

    [Fact]
    public async Task Timeout_OfTheLongestTime_IsNoFailure()
    {
        await using var stand = TestStand.Build(bus => bus.Subscribe<OrderPlaced>("s", (_, _, _) => default).Timeout(TimeSpan.MaxValue));

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Assert.Empty(await stand.LettersAsync());
        Assert.Equal(1, stand.Monitor.GetStatistics()["s"].Succeeded);
    }

    [Fact]
    public async Task Timeout_CallbackOnTheTokenThrows_TouchesNobodyElse()
    {
        CancellationToken second = default;
        await using var stand = TestStand.Build(bus => bus
            .Subscribe<string>("s", async (text, _, token) =>
            {
                if (text == "first")
                {
                    token.UnsafeRegister(_ => throw new InvalidOperationException("callback"), null);
                }
                else
                {
                    second = token;
                }

                await Task.Delay(Timeout.Infinite, token);
            })
            .Timeout(TimeSpan.FromSeconds(1))
            .Retry(RetryPreset.None)
            .Queue(queue => queue.MaxConcurrency = 1 + 1));
        await stand.PublishAsync("first");
        await stand.PublishAsync("second");
        while (!second.CanBeCanceled || stand.Monitor.GetStatistics()["s"].Running < 2)
        {
            await Task.Yield();
        }

        // Under the system's clock, what a timer's callback throws ends the process.
        Exception? thrown = Record.Exception(() => stand.Clock.Advance(TimeSpan.FromSeconds(1)));

        Assert.Null(thrown);
        await stand.IdleAsync();
        Assert.True(second.IsCancellationRequested);
        Assert.Equal(2, stand.Monitor.GetStatistics()["s"].DeadLettered);
    }

    [Fact]
    public async Task Stop_CallbackOnTheTokenThrows_StillStops()
    {
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var stand = TestStand.Build(bus => bus.Subscribe<OrderPlaced>("s", async (_, _, token) =>
        {
            token.UnsafeRegister(_ => throw new InvalidOperationException("callback"), null);
            started.SetResult();
            await Task.Delay(Timeout.Infinite, token);
        }).Timeout(TimeSpan.FromHours(1)));
        await stand.PublishAsync(new OrderPlaced());
        await started.Task;

        Exception? thrown = await Record.ExceptionAsync(() => stand.Lifetime.StopAsync(new CancellationToken(canceled: true)));

        Assert.Null(thrown);
        Assert.Equal(0, stand.Monitor.GetStatistics().Total.Pending);
    }

    [Fact]
    public async Task Retry_WithoutMaxDelay_WaitsAtMostADay()
    {
        List<DateTimeOffset> attempts = [];
        await using TestStand stand = FailingDaily(attempts, retries: 3);

        await stand.PublishAsync(new OrderPlaced());
        await RunOutAsync(stand);

        Assert.Equal(4, attempts.Count);
        Assert.All(attempts.Zip(attempts.Skip(1)), pair => Assert.Equal(TimeSpan.FromDays(1), pair.Second - pair.First));
    }

    [Fact]
    public async Task Retry_WaitsGrowBeyondWhatATimerTakes_LosesNoDelivery()
    {
        await using TestStand stand = FailingDaily([], retries: 10);

        await stand.PublishAsync(new OrderPlaced());
        await RunOutAsync(stand);

        Assert.Equal(new DeliveryCounts { Accepted = 1, DeadLettered = 1, Retries = 10 }, stand.Monitor.GetStatistics()["s"]);
    }

    [Fact]
    public async Task Retry_OfLessThanAMillisecond_IsCounted()
    {
        await using var stand = TestStand.Build(bus => bus
            .Subscribe<OrderPlaced>("s", (_, _, _) => throw new InvalidOperationException())
            .Retry(retry => (retry.MaxRetryAttempts, retry.Delay, retry.UseJitter, retry.Backoff) =
                (2, TimeSpan.FromMicroseconds(500), false, RetryBackoff.Constant)));

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Assert.Equal(3, (await stand.LetterAsync()).Attempts);
        Assert.Equal(2, stand.Monitor.GetStatistics()["s"].Retries);
    }

    [Fact]
    public async Task Retry_OfOneSubscriptionThatBlocksItsThread_DelaysNoOther()
    {
        using ManualResetEventSlim second = new();
        bool metInTime = false;
        await using var stand = TestStand.Build(bus =>
        {
            bus.Subscribe<OrderPlaced>("blocks", (_, context, token) =>
            {
                if (context.Attempt == 1)
                {
                    throw new InvalidOperationException();
                }

                metInTime = second.Wait(Limit, token);
                return default;
            }).Inline().Retry(OneSecond);
            bus.Subscribe<OrderBilled>("other", (_, context, _) =>
            {
                if (context.Attempt == 1)
                {
                    throw new InvalidOperationException();
                }

                second.Set();
                return default;
            }).Inline().Retry(OneSecond);
        });
        ValueTask first = stand.PublishAsync(new OrderPlaced());
        ValueTask other = stand.PublishAsync(new OrderBilled());

        await Task.Run(() => stand.Clock.Advance(TimeSpan.FromSeconds(1)), TestStand.Cancellation);
        await first;
        await other;

        Assert.True(metInTime);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task InlineHandler_CancelsThePublishersToken_NextSubscriptionGetsADeadLetter(bool watched)
    {
        using CancellationTokenSource cancellation = new();
        int handled = 0;
        await using var stand = TestStand.Build(
            bus =>
            {
                bus.Subscribe<OrderPlaced>("cancels", (_, _, _) =>
                {
                    cancellation.Cancel();
                    return default;
                }).Inline();
                bus.Subscribe<OrderPlaced>("next", (_, _, _) =>
                {
                    handled++;
                    return default;
                }).Inline();
            },
            logs: watched);

        await stand.Bus.PublishAsync(new OrderPlaced(), cancellation.Token);

        // Whether somebody listens to the logs must not decide what is delivered.
        Assert.Equal(0, handled);
        Assert.Equal(("next", DeadLetterReason.PublishCancelled), ((await stand.LetterAsync()).Subscription, (await stand.LetterAsync()).Reason));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task InlineHandler_SetsAnAsyncLocal_PublisherDoesNotSeeIt(bool watched)
    {
        AsyncLocal<string?> ambient = new();
        await using var stand = TestStand.Build(
            bus => bus.Subscribe<OrderPlaced>("sets", (_, _, _) =>
            {
                ambient.Value = "leaked";
                return default;
            }).Inline(),
            logs: watched);

        for (int i = 0; i < 2; i++)
        {
            ValueTask publishing = stand.PublishAsync(new OrderPlaced());

            Assert.Null(ambient.Value);
            await publishing;
        }
    }

    [Fact]
    public async Task FilterThatThrows_LongLivedToken_KeepsNothingOfTheEvent()
    {
        using CancellationTokenSource longLived = new();
        await using var stand = TestStand.Build(bus => bus
            .Subscribe<OrderPlaced>("s", (_, _, _) => default).Inline().Where(_ => throw new InvalidOperationException("filter")));

        WeakReference published = Publish(stand, longLived.Token);
        await stand.DeadLetters.DiscardAsync(new DeadLetterQuery(), TestStand.Cancellation);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        Assert.False(published.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Publish(TestStand stand, CancellationToken token)
    {
        OrderPlaced order = new();
        ValueTask publishing = stand.Bus.PublishAsync(order, token);
        Assert.True(publishing.IsCompletedSuccessfully);
        return new WeakReference(order);
    }

    private static void OneSecond(RetryOptions retry) =>
        (retry.MaxRetryAttempts, retry.Delay, retry.UseJitter) = (1, TimeSpan.FromSeconds(1), false);

    private static TestStand FailingDaily(List<DateTimeOffset> attempts, int retries)
    {
        TestStand? stand = null;
        stand = TestStand.Build(bus => bus
            .Subscribe<OrderPlaced>("s", (_, _, _) =>
            {
                attempts.Add(stand!.Clock.GetUtcNow());
                throw new InvalidOperationException();
            })
            .Retry(retry => (retry.MaxRetryAttempts, retry.Delay, retry.UseJitter) = (retries, TimeSpan.FromDays(1), false)));
        return stand;
    }

    private static async Task RunOutAsync(TestStand stand)
    {
        using CancellationTokenSource limit = new(Limit);
        await stand.Monitor.WhenIdleAsync(limit.Token);
        while (stand.Monitor.GetStatistics().NextRetryAt is { } next)
        {
            stand.Clock.Advance(next - stand.Clock.GetUtcNow());
            await stand.Monitor.WhenIdleAsync(limit.Token);
        }
    }
}
