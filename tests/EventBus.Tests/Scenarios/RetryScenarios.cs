using EventBus.DeadLettering;
using Microsoft.Extensions.DependencyInjection;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace EventBus.Tests.Scenarios;

/// <summary>A failed attempt is made again as its subscription says, each time from a clean state.</summary>
public sealed class RetryScenarios
{
    [Fact]
    public async Task Retry_OfAHandlerClass_GetsAFreshScopeEachAttempt()
    {
        ScopeLog log = new();
        await using var bus = ScenarioBus.Start(
            builder => builder.Subscribe<OrderPlaced, FailsTwice>(),
            services => services.AddSingleton(log).AddScoped<UnitOfWork>());

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.SettleAsync();

        Assert.Equal(3, log.Units.Distinct().Count());
        Assert.All(log.Units, unit => Assert.True(unit.IsDisposed));
        Assert.Equal(1, bus["EventBus.Tests.Scenarios.RetryScenarios.FailsTwice"].Succeeded);
    }

    [Fact]
    public async Task DoNotRetry_OfAnException_MakesItFinalAtOnce()
    {
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("strict", (_, _, _) => throw new ArgumentNullException("order"))
            .DoNotRetry<ArgumentException>());

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.IdleAsync();

        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Equal((DeadLetterReason.NotRetryable, 1), (letter.Reason, letter.Attempts));
    }

    [Fact]
    public async Task MaxAge_ReachedDuringRetries_Expires()
    {
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("late", (_, _, _) => throw new InvalidOperationException())
            .Retry(retry => (retry.MaxRetryAttempts, retry.Delay, retry.Backoff, retry.UseJitter) =
                (10, TimeSpan.FromMinutes(1), RetryBackoff.Constant, false))
            .MaxAge(TimeSpan.FromMinutes(3)));

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.SettleAsync();

        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Equal((DeadLetterReason.Expired, 3), (letter.Reason, letter.Attempts));
    }

    [Fact]
    public async Task MaxAge_ReachedInTheQueue_NeverReachesTheHandler()
    {
        Calls calls = new();
        TaskCompletionSource gate = new();
        TaskCompletionSource started = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("queued", async (order, _, _) =>
            {
                calls.Add(order.OrderId);
                started.TrySetResult();
                await gate.Task;
            })
            .Queue(queue => queue.MaxConcurrency = 1)
            .MaxAge(TimeSpan.FromMinutes(1)));
        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.PublishAsync(new OrderPlaced("2"));
        await started.Task;

        bus.Clock.Advance(TimeSpan.FromMinutes(1));
        gate.SetResult();
        await bus.IdleAsync();

        Assert.Equal(["1"], calls.All);
        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Equal((DeadLetterReason.Expired, new OrderPlaced("2")), (letter.Reason, letter.Event));
    }

    [Fact]
    public async Task Expired_WhenRedriven_GetsItsFullAgeAgain()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("late", (order, _, _) => calls.Note(order.OrderId)).Inline()
            .MaxAge(TimeSpan.FromMinutes(1)));
        await bus.Bus.PublishAsync(
            new OrderPlaced("1"), new PublishOptions { OccurredAt = bus.Clock.GetUtcNow() - TimeSpan.FromHours(1) });
        DeadLetter letter = await bus.OnlyLetterAsync();

        await bus.DeadLetters.RedriveAsync(letter.Id);

        Assert.Equal(DeadLetterReason.Expired, letter.Reason);
        Assert.Equal(["1"], calls.All);
    }

    [Fact]
    public async Task Resilience_WithACircuitBreaker_EndsAttemptsWithoutCallingTheHandler()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("broken", (order, _, _) =>
            {
                calls.Add(order.OrderId);
                throw new InvalidOperationException();
            })
            .Queue(queue => queue.MaxConcurrency = 1)
            .Resilience(pipeline => pipeline.AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                FailureRatio = 1,
                MinimumThroughput = 2,
                BreakDuration = TimeSpan.FromMinutes(1),
            })));

        for (int i = 1; i <= 4; i++)
        {
            await bus.PublishAsync(new OrderPlaced($"{i}"));
        }

        await bus.IdleAsync();

        Assert.Equal(["1", "2"], calls.All);
        IReadOnlyList<DeadLetter> letters = await bus.LettersAsync();
        Assert.Equal([1, 1, 0, 0], letters.Select(letter => letter.Attempts));
        Assert.Equal(typeof(BrokenCircuitException).FullName, letters[3].Failures[0].ExceptionType);
    }

    [Fact]
    public async Task Resilience_WithARetryOfItsOwn_CountsAttemptsAndKeepsEachFailure()
    {
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("own", (_, context, _) => throw new InvalidOperationException($"attempt {context.Attempt}"))
            .Resilience(pipeline => pipeline.AddRetry(new RetryStrategyOptions { MaxRetryAttempts = 2, Delay = TimeSpan.Zero })));

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.IdleAsync();

        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Equal(["attempt 1", "attempt 2", "attempt 3"], letter.Failures.Select(failure => failure.Message));
        Assert.Equal(3, letter.Attempts);
    }

    [Fact]
    public async Task FailuresOfALongRetry_KeepTheFirstAndTheLatest()
    {
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("long", (_, context, _) => throw new InvalidOperationException($"{context.Attempt}"))
            .Retry(retry => (retry.MaxRetryAttempts, retry.Delay) = (99, TimeSpan.Zero)));

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.SettleAsync();

        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Equal((100, 32), (letter.Attempts, letter.Failures.Count));
        Assert.Equal(("1", "70", "100"), (letter.Failures[0].Message, letter.Failures[1].Message, letter.Failures[^1].Message));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Retries_AfterHoweverShortAWait_AreAllCounted(double milliseconds)
    {
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("fails", (_, _, _) => throw new InvalidOperationException())
            .Retry(retry => (retry.Delay, retry.UseJitter) = (TimeSpan.FromMilliseconds(milliseconds), false)));

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.SettleAsync();
        await ScenarioBus.Soon(bus.Monitor.WhenSettledAsync().AsTask());

        Assert.Equal((2, 3), (bus["fails"].Retries, (await bus.OnlyLetterAsync()).Attempts));
    }

    private sealed class ScopeLog
    {
        public List<UnitOfWork> Units { get; } = [];
    }

    private sealed class UnitOfWork : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    private sealed class FailsTwice(ScopeLog log, UnitOfWork unit) : IEventHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(OrderPlaced @event, EventContext context, CancellationToken cancellationToken)
        {
            log.Units.Add(unit);
            return context.Attempt < 3 ? throw new InvalidOperationException() : default;
        }
    }
}
