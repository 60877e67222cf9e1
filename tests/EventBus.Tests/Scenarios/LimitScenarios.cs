using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace EventBus.Tests.Scenarios;

/// <summary>Limits that let attempts in: groups of subscriptions, and rates.</summary>
public sealed class LimitScenarios
{
    private static readonly string[] Names = ["one", "two", "three"];

    [Fact]
    public async Task LimitGroup_OfSeveralSubscriptions_IsNeverExceededByAllTogether()
    {
        TaskCompletionSource gate = new();
        int running = 0;
        List<int> seen = [];
        await using var bus = ScenarioBus.Start(builder =>
        {
            foreach (string name in Names)
            {
                builder.Subscribe<OrderPlaced>(name, async (_, _, _) =>
                {
                    lock (seen)
                    {
                        seen.Add(++running);
                    }

                    await gate.Task;
                    lock (seen)
                    {
                        running--;
                    }
                }).LimitGroup("erp", 2).Queue(static queue => queue.MaxConcurrency = 4);
            }
        });
        for (int i = 0; i < 10; i++)
        {
            await bus.PublishAsync(new OrderPlaced($"{i}"));
        }

        await TestStand.UntilAsync(() => Volatile.Read(ref running) == 2);
        gate.SetResult();

        await bus.IdleAsync();
        Assert.Equal((30, 2), (seen.Count, seen.Max()));
    }

    [Fact]
    public async Task LimitGroup_ARetry_WaitsForAPlaceToo()
    {
        TaskCompletionSource gate = new();
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("failing", (_, context, _) =>
            {
                calls.Add($"attempt {context.Attempt}");
                return context.Attempt == 1 ? throw new InvalidOperationException("not now") : default;
            }).LimitGroup("erp", 1);
            builder.Subscribe<OrderCancelled>("slow", async (_, _, _) =>
            {
                calls.Add("slow");
                await gate.Task;
            }).LimitGroup("erp", 1);
        });
        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.IdleAsync();
        await bus.PublishAsync(new OrderCancelled("1"));
        await TestStand.UntilAsync(() => calls.Count == 2);

        bus.Clock.Advance(TimeSpan.FromMinutes(1));
        await TestStand.UntilAsync(() => bus["failing"].Running == 1);

        Assert.Equal(["attempt 1", "slow"], calls.All);
        gate.SetResult();
        await bus.SettleAsync();
        Assert.Equal(["attempt 1", "slow", "attempt 2"], calls.All);
    }

    [Fact]
    public async Task LimitGroup_AtShutdown_WhoWaitsForAPlaceBecomesADeadLetter()
    {
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("slow", static async (_, _, token) => await Task.Delay(Timeout.Infinite, token))
            .LimitGroup("erp", 1)
            .Queue(static queue => queue.MaxConcurrency = 2));
        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.PublishAsync(new OrderPlaced("2"));
        await TestStand.UntilAsync(() => bus["slow"].Running == 2);

        bus.Services.Dispose();

        await ScenarioBus.Soon(bus.Monitor.WhenSettledAsync().AsTask());
        Assert.Equal(2, bus["slow"].DeadLettered);
    }

    [Fact]
    public async Task RateLimit_LetsInAsManyAsTheLimiterGivesPermits()
    {
        using FixedWindowRateLimiter limiter = TwoAtATime(queueLimit: 100);
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("limited", (order, _, _) => calls.Note(order.OrderId)).RateLimit(limiter));
        for (int i = 0; i < 5; i++)
        {
            await bus.PublishAsync(new OrderPlaced($"{i}"));
        }

        await TestStand.UntilAsync(() => calls.Count == 2 && bus["limited"].Running > 0);
        limiter.TryReplenish();
        await TestStand.UntilAsync(() => calls.Count == 4 && bus["limited"].Running > 0);
        limiter.TryReplenish();

        await bus.IdleAsync();
        Assert.Equal((5, 5), (calls.Count, bus["limited"].Succeeded));
    }

    [Fact]
    public async Task RateLimit_OfALimiterThatQueuesNobody_IsAskedAgain()
    {
        using FixedWindowRateLimiter limiter = TwoAtATime(queueLimit: 0);
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("limited", (order, _, _) => calls.Note(order.OrderId)).RateLimit(limiter));
        for (int i = 0; i < 3; i++)
        {
            await bus.PublishAsync(new OrderPlaced($"{i}"));
        }

        await TestStand.UntilAsync(() => calls.Count == 2);
        limiter.TryReplenish();
        await TestStand.UntilAsync(() =>
        {
            bus.Clock.Advance(TimeSpan.FromSeconds(1));
            return calls.Count == 3;
        });

        await bus.IdleAsync();
        Assert.Equal((3, 0), (bus["limited"].Succeeded, bus["limited"].DeadLettered));
    }

    [Fact]
    public async Task RateLimit_ALimiterThatThrows_IsAFailedAttempt()
    {
        FixedWindowRateLimiter limiter = TwoAtATime(queueLimit: 0);
        await limiter.DisposeAsync();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("limited", static (_, _, _) => default).RateLimit(limiter).Retry(RetryPreset.None));

        await bus.PublishAsync(new OrderPlaced("1"));

        await bus.IdleAsync();
        Assert.Equal(DeadLetterReason.RetriesExhausted, (await bus.OnlyLetterAsync()).Reason);
    }

    [Fact]
    public async Task LimitGroup_Inline_LetsThePublisherWait()
    {
        TaskCompletionSource gate = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("inline", async (_, _, _) => await gate.Task).Inline().LimitGroup("erp", 1));
        Task first = bus.PublishAsync(new OrderPlaced("1")).AsTask();
        Task second = bus.PublishAsync(new OrderPlaced("2")).AsTask();

        Assert.False(first.IsCompleted || second.IsCompleted);
        gate.SetResult();
        await ScenarioBus.Soon(Task.WhenAll(first, second));
        Assert.Equal(2, bus["inline"].Succeeded);
    }

    [Theory]
    [InlineData("erp", 0, "Write 1 or more")]
    [InlineData(" ", 1, "without a name")]
    public void LimitGroup_ThatCannotBe_IsAnErrorAtStart(string group, int limit, string expected)
    {
        OptionsValidationException thrown = Assert.Throws<OptionsValidationException>(() => ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("s", static (_, _, _) => default).LimitGroup(group, limit)));

        Assert.Contains(expected, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LimitGroup_OfTwoLimits_IsAnErrorAtStart()
    {
        OptionsValidationException thrown = Assert.Throws<OptionsValidationException>(() => ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("a", static (_, _, _) => default).LimitGroup("erp", 2);
            builder.Subscribe<OrderPlaced>("b", static (_, _, _) => default).LimitGroup("ERP", 3);
        }));

        Assert.Contains("'b' gives the group 'ERP' a limit of 3, and 'a' one of 2.", thrown.Message, StringComparison.Ordinal);
    }

    // Two permits each time it is replenished.
    private static FixedWindowRateLimiter TwoAtATime(int queueLimit) => new(new FixedWindowRateLimiterOptions
    {
        PermitLimit = 2,
        Window = TimeSpan.FromTicks(1),
        AutoReplenishment = false,
        QueueLimit = queueLimit,
    });
}
