using EventBus.DeadLettering;

namespace EventBus.Tests.Scenarios;

/// <summary>An attempt ends in time, or loses its place.</summary>
public sealed class TimeoutScenarios
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Timeout_OfACooperativeHandler_IsRetriedAndFinallyTimedOut(bool inline)
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            SubscriptionBuilder<OrderPlaced> subscription = builder.Subscribe<OrderPlaced>("slow", async (_, context, token) =>
            {
                await calls.Note($"attempt {context.Attempt}");
                await Task.Delay(Timeout.Infinite, token);
            }).Timeout(TimeSpan.FromSeconds(10)).Retry(retry => (retry.MaxRetryAttempts, retry.Delay) = (1, TimeSpan.Zero));
            if (inline)
            {
                subscription.Inline();
            }
        });
        Task publishing = bus.PublishAsync(new OrderPlaced("1")).AsTask();

        for (int attempt = 1; attempt <= 2; attempt++)
        {
            await UntilAsync(() => calls.Count == attempt);
            bus.Clock.Advance(TimeSpan.FromSeconds(10) + Tick);
        }

        await bus.IdleAsync();
        await ScenarioBus.Soon(publishing);

        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Equal((DeadLetterReason.TimedOut, 2), (letter.Reason, letter.Attempts));
        Assert.All(letter.Failures, failure => Assert.Equal("System.TimeoutException", failure.ExceptionType));
        Assert.Equal(0, bus["slow"].Abandoned);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task Handler_IgnoringItsToken_LosesItsPlaceAndItsLateEndIsCounted(bool inline, bool blocksItsThread)
    {
        using ManualResetEventSlim block = new();
        TaskCompletionSource release = new();
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            SubscriptionBuilder<OrderPlaced> subscription = builder.Subscribe<OrderPlaced>("deaf", async (order, _, _) =>
            {
                await calls.Note(order.OrderId);
                if (order.OrderId != "1")
                {
                    return;
                }

                if (blocksItsThread)
                {
                    block.Wait();
                }

                await release.Task;
            }).Timeout(TimeSpan.FromSeconds(10));
            if (inline)
            {
                subscription.Inline();
            }
            else
            {
                subscription.Queue(queue => queue.MaxConcurrency = 1);
            }
        });
        Task publishing = bus.PublishAsync(new OrderPlaced("1")).AsTask();
        await UntilAsync(() => calls.Count == 1);
        await UntilAsync(() => bus["deaf"].Running == 1);

        bus.Clock.Advance(TimeSpan.FromSeconds(10) + Tick);
        bus.Clock.Advance(TimeSpan.FromSeconds(2) + Tick);
        await bus.IdleAsync();
        await ScenarioBus.Soon(publishing);
        await bus.PublishAsync(new OrderPlaced("2"));
        await bus.IdleAsync();

        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Equal((DeadLetterReason.TimedOut, 1), (letter.Reason, letter.Attempts));
        Assert.Equal((1, 1, 0), (bus["deaf"].Succeeded, bus["deaf"].Abandoned, bus["deaf"].LateEnds));
        block.Set();
        release.SetResult();
        await UntilAsync(() => bus["deaf"].LateEnds == 1);
        Assert.Equal((1, 1), (bus["deaf"].Succeeded, bus["deaf"].DeadLettered));
    }

    [Fact]
    public async Task DefaultTimeout_OfFifteenMinutes_IsCountedFromTheFirstWait()
    {
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("slow", async (_, _, token) => await Task.Delay(Timeout.Infinite, token))
            .Retry(RetryPreset.None));
        await bus.PublishAsync(new OrderPlaced("1"));
        await UntilAsync(() => bus["slow"].Running == 1);
        await Task.Yield();

        bus.Clock.Advance(TimeSpan.FromMinutes(15) - Tick);
        Assert.Equal(1, bus["slow"].Running);
        await UntilAsync(() =>
        {
            // The worker may be a step short of its first wait: time goes on until it has come there.
            bus.Clock.Advance(Tick);
            return bus["slow"].DeadLettered == 1;
        });

        Assert.Equal(DeadLetterReason.TimedOut, (await bus.OnlyLetterAsync()).Reason);
    }

    [Fact]
    public async Task Deadline_OfAnAttempt_IsWhenItsTokenFires()
    {
        DateTimeOffset? deadline = null;
        bool hasFired = false;
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("timed", async (_, context, token) =>
        {
            deadline = context.Deadline;
            using CancellationTokenRegistration registration = token.Register(() => hasFired = true);
            await Task.Delay(Timeout.Infinite, token);
        }).Inline().Timeout(TimeSpan.FromMinutes(1)));
        DateTimeOffset start = bus.Clock.GetUtcNow();

        Task publishing = bus.PublishAsync(new OrderPlaced("1")).AsTask();
        bus.Clock.Advance(TimeSpan.FromMinutes(1) - Tick);
        Assert.False(hasFired);
        bus.Clock.Advance(Tick);
        await ScenarioBus.Soon(publishing);

        Assert.Equal(start + TimeSpan.FromMinutes(1), deadline);
        Assert.True(hasFired);
    }

    [Fact]
    public async Task TokenCallback_ThatBlocks_KeepsNoOtherTokenFromFiring()
    {
        using ManualResetEventSlim block = new();
        int started = 0;
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("many", async (order, _, token) =>
        {
            using CancellationTokenRegistration trap = token.Register(() =>
            {
                if (order.OrderId == "0")
                {
                    block.Wait();
                }
            });
            Interlocked.Increment(ref started);
            await Task.Delay(Timeout.Infinite, token);
        }).Timeout(TimeSpan.FromSeconds(1)).Retry(RetryPreset.None).Queue(queue => queue.MaxConcurrency = 5));
        for (int i = 0; i < 5; i++)
        {
            await bus.PublishAsync(new OrderPlaced($"{i}"));
        }

        await UntilAsync(() => Volatile.Read(ref started) == 5);
        bus.Clock.Advance(TimeSpan.FromSeconds(1) + Tick);
        await UntilAsync(() => bus["many"].DeadLettered == 4);
        block.Set();
        await bus.IdleAsync();

        Assert.Equal((5, 0), (bus["many"].DeadLettered, bus["many"].Abandoned));
    }

    [Fact]
    public async Task TokenCallback_OfASynchronousHandler_IsGoneWithItsEvent()
    {
        using CancellationTokenSource cancellation = new();
        int called = 0;
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("registers", (order, _, token) =>
        {
            token.Register(() => called++);
            if (order.OrderId == "last")
            {
                cancellation.Cancel();
            }

            return default;
        }).Inline());
        for (int i = 0; i < 10; i++)
        {
            await bus.PublishAsync(new OrderPlaced($"{i}"));
        }

        await bus.PublishAsync(new OrderPlaced("last"), cancellation.Token);

        Assert.Equal(1, called);
    }

    [Fact]
    public async Task TokenCallback_OfAHandler_MayThrowWithoutHarm()
    {
        TaskCompletionSource started = new();
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("hangs-a-trap", async (_, _, token) =>
        {
            using CancellationTokenRegistration trap = token.Register(() => throw new InvalidOperationException("trap"));
            started.SetResult();
            await Task.Delay(Timeout.Infinite, token);
        }).Timeout(TimeSpan.FromSeconds(1)).Retry(RetryPreset.None));
        await bus.PublishAsync(new OrderPlaced("1"));
        await ScenarioBus.Soon(started.Task);

        bus.Clock.Advance(TimeSpan.FromSeconds(1) + Tick);
        await bus.IdleAsync();

        Assert.Equal(DeadLetterReason.TimedOut, (await bus.OnlyLetterAsync()).Reason);
    }

    [Fact]
    public async Task Timeout_LongerThanTimeItself_IsNone()
    {
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("patient", async (_, context, _) =>
            {
                Assert.Equal(DateTimeOffset.MaxValue, context.Deadline);
                await Task.Yield();
            }).Inline().Timeout(TimeSpan.MaxValue));

        await ScenarioBus.Soon(bus.PublishAsync(new OrderPlaced("1")).AsTask());

        Assert.Equal(1, bus["patient"].Succeeded);
    }

    private static Task UntilAsync(Func<bool> condition) => ScenarioBus.Soon(Task.Run(async () =>
    {
        while (!condition())
        {
            await Task.Yield();
        }
    }));
}
