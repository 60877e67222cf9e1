using EventBus.DeadLettering;

namespace EventBus.Tests.Scenarios;

/// <summary>One failing handler touches neither another nor the publisher.</summary>
public sealed class IsolationScenarios
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FirstFailure_OfSeveralHandlers_DoesNotStopTheRest(bool inline)
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            Deliver(builder.Subscribe<OrderPlaced>("first", (_, _, _) => throw new InvalidOperationException("first")), inline);
            Deliver(builder.Subscribe<OrderPlaced>("second", (_, _, _) => calls.Note("second")), inline);
            Deliver(builder.Subscribe<OrderPlaced>("third", (_, _, _) => calls.Note("third")), inline);
        });

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.SettleAsync();

        Assert.Equal(["second", "third"], calls.All.Order());
        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Equal("first", letter.Subscription);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Handler_ThrowingBeforeItsFirstAwait_FailsLikeOneThrowingAfter(bool throwsAtOnce)
    {
        await using var bus = ScenarioBus.Start(builder =>
            builder.Subscribe<OrderPlaced>("fails", (_, _, _) => throwsAtOnce
                ? throw new InvalidOperationException("boom")
                : new ValueTask(FailLaterAsync())).Inline());

        await bus.PublishAsync(new OrderPlaced("1"));

        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Equal(DeadLetterReason.RetriesExhausted, letter.Reason);
        Assert.Equal(1, letter.Attempts);
        Assert.Equal(("System.InvalidOperationException", "boom"), (letter.Failures[0].ExceptionType, letter.Failures[0].Message));
    }

    [Fact]
    public async Task OperationCanceledException_OfTheHandlersOwn_IsAFailureAndIsRetried()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("http", (_, context, _) =>
        {
            calls.Add($"attempt {context.Attempt}");
            throw new TaskCanceledException("The request timed out.");
        }));

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.SettleAsync();

        Assert.Equal(["attempt 1", "attempt 2", "attempt 3"], calls.All);
        Assert.Equal(DeadLetterReason.RetriesExhausted, (await bus.OnlyLetterAsync()).Reason);
        Assert.Equal(0, bus["http"].Succeeded);
    }

    [Fact]
    public async Task FinalFailure_AfterSeveralAttempts_IsReportedOnce()
    {
        await using var bus = ScenarioBus.Start(builder =>
            builder.Subscribe<OrderPlaced>("fails", (_, _, _) => throw new InvalidOperationException()));

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.SettleAsync();

        Assert.Equal(1, bus["fails"].DeadLettered);
        Assert.Equal(3, (await bus.OnlyLetterAsync()).Attempts);
    }

    [Fact]
    public async Task InlineFailure_Throw_RunsAllHandlersAndReportsEveryFailure()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("a", (_, _, _) => throw new InvalidOperationException("a")).Inline(InlineFailure.Throw);
            builder.Subscribe<OrderPlaced>("b", (_, _, _) => calls.Note("b")).Inline();
            builder.Subscribe<OrderPlaced>("c", (_, _, _) => throw new ArgumentException("c")).Inline(InlineFailure.Throw);
            builder.Subscribe<OrderPlaced>("d", (_, _, _) => throw new FormatException("d")).Inline();
        });

        AggregateException thrown = await Assert.ThrowsAsync<AggregateException>(
            () => bus.PublishAsync(new OrderPlaced("1")).AsTask());

        Assert.Equal(["a", "c"], thrown.InnerExceptions.Select(exception => exception.Message));
        Assert.Equal(["b"], calls.All);
        Assert.Equal(3, (await bus.LettersAsync()).Count);
    }

    [Fact]
    public async Task SharedException_ThrownByEveryAttempt_IsNotedForEach()
    {
        InvalidOperationException shared = new("always the same");
        await using var bus = ScenarioBus.Start(builder =>
            builder.Subscribe<OrderPlaced>("lazy", (_, _, _) => ValueTask.FromException(shared)));

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.SettleAsync();

        Assert.Equal([1, 2, 3], (await bus.OnlyLetterAsync()).Failures.Select(failure => failure.Attempt));
    }

    [Fact]
    public async Task InlineFailure_Throw_ReportsAFilterThatThrows()
    {
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("a", (_, _, _) => default)
            .Where(_ => throw new InvalidOperationException("filter"))
            .Inline(InlineFailure.Throw));

        AggregateException thrown = await Assert.ThrowsAsync<AggregateException>(
            () => bus.PublishAsync(new OrderPlaced("1")).AsTask());

        Assert.Equal("filter", Assert.Single(thrown.InnerExceptions).Message);
    }

    [Fact]
    public async Task AsyncInlineHandlers_AmongSynchronousOnes_AllRunInOrder()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("a", (_, _, _) => calls.Note("a")).Inline();
            builder.Subscribe<OrderPlaced>("b", async (_, _, _) =>
            {
                await Task.Yield();
                await calls.Note("b");
            }).Inline();
            builder.Subscribe<OrderPlaced>("c", async (_, _, _) =>
            {
                await Task.Yield();
                throw new InvalidOperationException("c");
            }).Inline();
            builder.Subscribe<OrderPlaced>("d", (_, _, _) => calls.Note("d")).Inline();
        });

        await ScenarioBus.Soon(bus.PublishAsync(new OrderPlaced("1")).AsTask());

        Assert.Equal(["a", "b", "d"], calls.All);
        Assert.Equal("c", (await bus.OnlyLetterAsync()).Subscription);
        Assert.Equal((1, 1, 0), (bus["b"].Succeeded, bus["c"].DeadLettered, bus["c"].Succeeded));
    }

    [Fact]
    public async Task InlineRetry_OfAFailingHandler_IsAwaitedByThePublisher()
    {
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("flaky", (_, context, _) =>
                context.Attempt < 3 ? throw new InvalidOperationException() : default)
            .Inline()
            .Retry(RetryPreset.Default));

        Task publishing = bus.PublishAsync(new OrderPlaced("1")).AsTask();
        Assert.False(publishing.IsCompleted);
        while (!publishing.IsCompleted)
        {
            Assert.Equal(1, bus["flaky"].WaitingForRetry);
            DateTimeOffset next = bus.Monitor.GetStatistics().NextRetryAt!.Value;
            bus.Clock.Advance(next - bus.Clock.GetUtcNow() + TimeSpan.FromMilliseconds(1));
            await ScenarioBus.Soon(WaitingOrEndAsync(bus, "flaky", publishing));
        }

        await publishing;
        Assert.Equal((1, 2), (bus["flaky"].Succeeded, bus["flaky"].Retries));
    }

    // Ends with the publish too: a loop that went on would disturb what other tests measure.
    private static async Task WaitingOrEndAsync(ScenarioBus bus, string subscription, Task publishing)
    {
        while (!publishing.IsCompleted && bus[subscription].WaitingForRetry == 0)
        {
            await Task.Yield();
        }
    }

    private static void Deliver(SubscriptionBuilder<OrderPlaced> subscription, bool inline)
    {
        if (inline)
        {
            subscription.Inline();
        }
    }

    private static async Task FailLaterAsync()
    {
        await Task.Yield();
        throw new InvalidOperationException("boom");
    }
}
