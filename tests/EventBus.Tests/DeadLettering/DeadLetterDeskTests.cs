using EventBus.DeadLettering;
using EventBus.Dispatching;
using EventBus.Publishing;

namespace EventBus.Tests.DeadLettering;

public sealed class DeadLetterDeskTests
{
    private readonly List<string> _handled = [];
    private bool _fails = true;

    [Fact]
    public async Task Redrive_OneLetter_DeliversToItsSubscriptionAlone()
    {
        List<string> others = [];
        await using TestStand stand = Build(bus => bus.Subscribe<string>("other", (text, _, _) =>
        {
            others.Add(text);
            return default;
        }));
        await FailAsync(stand, "a");
        DeadLetter letter = await stand.LetterAsync();
        _fails = false;

        bool redriven = await stand.DeadLetters.RedriveAsync(letter.Id, TestStand.Cancellation);
        await stand.IdleAsync();

        Assert.True(redriven);
        Assert.Equal(["a", "a"], _handled);
        Assert.Equal(["a"], others);
        Assert.Empty(await stand.LettersAsync());
        Assert.Equal(1, stand.Monitor.GetStatistics()["s"].Redriven);
        Assert.True(stand.Monitor.GetStatistics().Total.IsConserved);
        Assert.Contains(letter.Id.ToString(), Assert.Single(stand.LogsOf(3002)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redrive_KeepsEventAndMetadata_AndCountsAttemptsFromOne()
    {
        List<(EventMetadata Metadata, int Attempt)> seen = [];
        await using var stand = TestStand.Build(bus => bus.Subscribe<string>("s", (_, context, _) =>
        {
            seen.Add((context.Metadata, context.Attempt));
            throw new InvalidOperationException();
        }).Retry(retry => (retry.MaxRetryAttempts, retry.Delay) = (1, TimeSpan.Zero)));
        await FailAsync(stand, "a");

        await stand.DeadLetters.RedriveAsync((await stand.LetterAsync()).Id, TestStand.Cancellation);
        await stand.IdleAsync();

        Assert.Equal([1, 2, 1, 2], seen.Select(each => each.Attempt));
        Assert.All(seen, each => Assert.Equal(seen[0].Metadata, each.Metadata));
    }

    [Fact]
    public async Task Redrive_ThatFailsAgain_CarriesTheEarlierFailures()
    {
        await using TestStand stand = Build();
        await FailAsync(stand, "a");
        DeadLetter first = await stand.LetterAsync();

        await stand.DeadLetters.RedriveAsync(first.Id, TestStand.Cancellation);
        await stand.IdleAsync();
        DeadLetter second = await stand.LetterAsync();
        await stand.DeadLetters.RedriveAsync(second.Id, TestStand.Cancellation);
        await stand.IdleAsync();
        DeadLetter third = await stand.LetterAsync();

        Assert.Equal([0, 1, 2], new[] { first, second, third }.Select(letter => letter.Redrives));
        Assert.Equal([1, 2, 3], new[] { first, second, third }.Select(letter => letter.Failures.Count));
        Assert.Equal(second.Failures, third.Failures.Take(2));
        Assert.Equal(1, third.Attempts);
        Assert.Equal(3, new HashSet<Guid> { first.Id, second.Id, third.Id }.Count);
        Assert.Equal(first.Metadata, third.Metadata);
    }

    [Fact]
    public async Task Redrive_OfAnInlineSubscription_HasFinishedWhenItReturns()
    {
        await using TestStand stand = Build(inline: true);
        await FailAsync(stand, "a");
        _fails = false;

        bool redriven = await stand.DeadLetters.RedriveAsync((await stand.LetterAsync()).Id, TestStand.Cancellation);

        Assert.True(redriven);
        Assert.Equal(["a", "a"], _handled);
        Assert.Equal(1, stand.Monitor.GetStatistics()["s"].Succeeded);
    }

    [Fact]
    public async Task Redrive_UnknownLetter_IsFalse()
    {
        await using TestStand stand = Build();

        Assert.False(await stand.DeadLetters.RedriveAsync(Guid.NewGuid(), TestStand.Cancellation));
    }

    [Fact]
    public async Task Redrive_SubscriptionThatIsGone_ThrowsAndKeepsTheLetter()
    {
        await using TestStand stand = Build();
        await using (stand.Bus.Subscribe<string>("gone", (_, _, _) => throw new InvalidOperationException(), NoRetry))
        {
            await FailAsync(stand, "a");
        }

        DeadLetter letter = Assert.Single(await stand.LettersAsync(new DeadLetterQuery { Subscription = "gone" }));

        InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await stand.DeadLetters.RedriveAsync(letter.Id, TestStand.Cancellation));

        Assert.Contains("'gone', and no subscription has that name", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Known are: s.", exception.Message, StringComparison.Ordinal);
        Assert.Same(letter, await stand.DeadLetters.FindAsync(letter.Id, TestStand.Cancellation));
        Assert.Empty(stand.LogsOf(3002));
    }

    [Fact]
    public async Task Redrive_RefusedLetter_KeepsItsPlaceInTheOrder()
    {
        await using TestStand stand = Build();
        await using (stand.Bus.Subscribe<string>("gone", (_, _, _) => throw new InvalidOperationException(), NoRetry))
        {
            await FailAsync(stand, "a");
        }

        await FailAsync(stand, "b");
        List<DeadLetter> before = await stand.LettersAsync();

        RedriveResult result = await stand.DeadLetters.RedriveAsync(
            new DeadLetterQuery { Subscription = "gone" }, null, TestStand.Cancellation);

        Assert.Equal(new RedriveResult(1, 0, 1), result);
        Assert.Equal(3, before.Count);
        Assert.Equal(
            before.Select(letter => (letter.DeadLetteredAt, letter.Event)),
            (await stand.LettersAsync()).Select(letter => (letter.DeadLetteredAt, letter.Event)));
    }

    [Fact]
    public async Task Redrive_FullQueueThatRejects_ThrowsAndKeepsTheLetter()
    {
        TaskCompletionSource release = new();
        await using var stand = TestStand.Build(bus => bus
            .Subscribe<string>("s", async (text, _, _) =>
            {
                if (text == "bad")
                {
                    throw new InvalidOperationException();
                }

                await release.Task;
            })
            .Retry(retry => retry.MaxRetryAttempts = 0)
            .Queue(queue => (queue.Capacity, queue.MaxConcurrency, queue.FullMode) = (1, 1, QueueFullMode.Reject)));
        await FailAsync(stand, "bad");
        DeadLetter letter = await stand.LetterAsync();
        await FillAsync(stand);

        QueueFullException exception = await Assert.ThrowsAsync<QueueFullException>(
            async () => await stand.DeadLetters.RedriveAsync(letter.Id, TestStand.Cancellation));
        RedriveResult result = await stand.DeadLetters.RedriveAsync(new DeadLetterQuery(), null, TestStand.Cancellation);

        Assert.Equal(["s"], exception.Subscriptions);
        Assert.Equal(new RedriveResult(1, 0, 1), result);
        Assert.Same(letter, await stand.LetterAsync());
        release.SetResult();
        await stand.IdleAsync();
        Assert.True(stand.Monitor.GetStatistics().Total.IsConserved);
    }

    [Fact]
    public async Task Redrive_FullQueueThatWaits_CancelledWhileWaiting_KeepsTheLetter()
    {
        TaskCompletionSource release = new();
        await using var stand = TestStand.Build(bus => bus
            .Subscribe<string>("s", async (text, _, _) =>
            {
                if (text == "bad")
                {
                    throw new InvalidOperationException();
                }

                await release.Task;
            })
            .Retry(retry => retry.MaxRetryAttempts = 0)
            .Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (1, 1)));
        await FailAsync(stand, "bad");
        DeadLetter letter = await stand.LetterAsync();
        await FillAsync(stand);
        using CancellationTokenSource cancellation = new();

        ValueTask<bool> redriving = stand.DeadLetters.RedriveAsync(letter.Id, cancellation.Token);
        Assert.False(redriving.IsCompleted);
        Assert.Empty(await stand.LettersAsync());
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await redriving);
        Assert.Same(letter, await stand.LetterAsync());
        release.SetResult();
        await stand.IdleAsync();
    }

    [Fact]
    public async Task Redrive_CancelledTokenFromTheStart_KeepsTheLetter()
    {
        await using TestStand stand = Build();
        await FailAsync(stand, "a");
        DeadLetter letter = await stand.LetterAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await stand.DeadLetters.RedriveAsync(letter.Id, new CancellationToken(canceled: true)));

        Assert.Same(letter, await stand.LetterAsync());
        Assert.Equal(["a"], _handled);
    }

    [Fact]
    public async Task Redrive_ByQuery_TakesTheMatchingLettersAlone()
    {
        await using TestStand stand = Build();
        await FailAsync(stand, "a");
        DateTimeOffset later = stand.Clock.GetUtcNow();
        await FailAsync(stand, "b");
        await FailAsync(stand, "c");
        _fails = false;

        RedriveResult result = await stand.DeadLetters.RedriveAsync(
            new DeadLetterQuery { From = later, Limit = 1 }, null, TestStand.Cancellation);
        await stand.IdleAsync();

        Assert.Equal(new RedriveResult(1, 1, 0), result);
        Assert.Equal(["a", "b", "c", "b"], _handled);
        Assert.Equal(["a", "c"], (await stand.LettersAsync()).Select(letter => letter.Event));
    }

    [Fact]
    public async Task Redrive_ByQueryWhereAllFailAgain_MeetsEachLetterOnce()
    {
        await using TestStand stand = Build(inline: true);
        await FailAsync(stand, "a");
        await FailAsync(stand, "b");

        RedriveResult result = await stand.DeadLetters.RedriveAsync(new DeadLetterQuery(), null, TestStand.Cancellation);

        Assert.Equal(new RedriveResult(2, 2, 0), result);
        Assert.Equal(["a", "b", "a", "b"], _handled);
        Assert.All(await stand.LettersAsync(), letter => Assert.Equal(1, letter.Redrives));
    }

    [Fact]
    public async Task Redrive_WithRate_WaitsBetweenTwoLetters()
    {
        await using TestStand stand = Build(inline: true);
        await FailAsync(stand, "a");
        await FailAsync(stand, "b");
        await FailAsync(stand, "c");
        _fails = false;
        _handled.Clear();

        ValueTask<RedriveResult> redriving = stand.DeadLetters.RedriveAsync(
            new DeadLetterQuery(), new RedriveOptions { MaxPerSecond = 2 }, TestStand.Cancellation);

        Assert.Equal(["a"], _handled);
        stand.Clock.Advance(TimeSpan.FromSeconds(0.499));
        Assert.Equal(["a"], _handled);
        stand.Clock.Advance(TimeSpan.FromSeconds(0.001));
        await SpinUntilAsync(() => _handled.Count == 2);
        stand.Clock.Advance(TimeSpan.FromSeconds(0.5));

        Assert.Equal(new RedriveResult(3, 3, 0), await redriving);
        Assert.Equal(["a", "b", "c"], _handled);
    }

    [Fact]
    public async Task Redrive_CancelledBetweenTwoLetters_LeavesTheRest()
    {
        await using TestStand stand = Build(inline: true);
        await FailAsync(stand, "a");
        await FailAsync(stand, "b");
        _fails = false;
        using CancellationTokenSource cancellation = new();

        ValueTask<RedriveResult> redriving = stand.DeadLetters.RedriveAsync(
            new DeadLetterQuery(), new RedriveOptions { MaxPerSecond = 0.001 }, cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await redriving);
        Assert.Equal("b", (await stand.LetterAsync()).Event);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public async Task Redrive_RateNotAboveZero_Throws(double rate)
    {
        await using TestStand stand = Build();
        await FailAsync(stand, "a");

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await stand.DeadLetters.RedriveAsync(
            new DeadLetterQuery(), new RedriveOptions { MaxPerSecond = rate }, TestStand.Cancellation));

        Assert.Single(await stand.LettersAsync());
    }

    [Fact]
    public async Task Redrive_DryRun_CountsAndChangesNothing()
    {
        await using TestStand stand = Build();
        await FailAsync(stand, "a");
        await FailAsync(stand, "b");

        RedriveResult result = await stand.DeadLetters.RedriveAsync(
            new DeadLetterQuery(), new RedriveOptions { DryRun = true, MaxPerSecond = 0.001 }, TestStand.Cancellation);

        Assert.Equal(new RedriveResult(2, 0, 0), result);
        Assert.Equal(["a", "b"], _handled);
        Assert.Equal(2, (await stand.LettersAsync()).Count);
    }

    [Fact]
    public async Task Redrive_OneLetterFromManyThreads_DeliversOnce()
    {
        await using TestStand stand = Build();
        await FailAsync(stand, "a");
        DeadLetter letter = await stand.LetterAsync();
        _fails = false;

        bool[] redriven = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(
            () => stand.DeadLetters.RedriveAsync(letter.Id, TestStand.Cancellation).AsTask(), TestStand.Cancellation)));
        await stand.IdleAsync();

        Assert.Single(redriven, won => won);
        Assert.Equal(["a", "a"], _handled);
    }

    [Fact]
    public async Task Redrive_WhileStopping_IsRefusedAndTheLetterStays()
    {
        await using TestStand stand = Build();
        await FailAsync(stand, "a");
        DeadLetter letter = await stand.LetterAsync();
        await stand.Lifetime.StopAsync(TestStand.Cancellation);

        await Assert.ThrowsAsync<EventBusStoppedException>(
            async () => await stand.DeadLetters.RedriveAsync(letter.Id, TestStand.Cancellation));
        await Assert.ThrowsAsync<EventBusStoppedException>(
            async () => await stand.DeadLetters.RedriveAsync(new DeadLetterQuery(), null, TestStand.Cancellation));

        Assert.Same(letter, await stand.LetterAsync());
    }

    [Fact]
    public async Task Redrive_NullQuery_Throws()
    {
        await using TestStand stand = Build();

        await Assert.ThrowsAsync<ArgumentNullException>(async () => await stand.DeadLetters.RedriveAsync(null!, null, TestStand.Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await stand.DeadLetters.DiscardAsync(null!, TestStand.Cancellation));
    }

    [Fact]
    public async Task Discard_OneLetter_RemovesItForGood()
    {
        await using TestStand stand = Build();
        await FailAsync(stand, "a");
        await FailAsync(stand, "b");
        DeadLetter letter = (await stand.LettersAsync())[0];

        Assert.True(await stand.DeadLetters.DiscardAsync(letter.Id, TestStand.Cancellation));
        Assert.False(await stand.DeadLetters.DiscardAsync(letter.Id, TestStand.Cancellation));

        Assert.False(await stand.DeadLetters.RedriveAsync(letter.Id, TestStand.Cancellation));
        Assert.Equal("b", (await stand.LetterAsync()).Event);
    }

    [Fact]
    public async Task Discard_ByQuery_RemovesTheMatchingLettersAlone()
    {
        await using TestStand stand = Build(bus => bus.Subscribe<string>("other", (_, _, _) => throw new InvalidOperationException())
            .Retry(retry => retry.MaxRetryAttempts = 0));
        await FailAsync(stand, "a");
        await FailAsync(stand, "b");

        int discarded = await stand.DeadLetters.DiscardAsync(new DeadLetterQuery { Subscription = "other" }, TestStand.Cancellation);

        Assert.Equal(2, discarded);
        Assert.All(await stand.LettersAsync(), letter => Assert.Equal("s", letter.Subscription));
    }

    [Fact]
    public async Task Failures_OfManyAttempts_AreTheFirstAndTheLatest31()
    {
        int attempts = 0;
        await using var stand = TestStand.Build(bus => bus
            .Subscribe<string>("s", (_, _, _) => throw new InvalidOperationException($"{++attempts}"))
            .Retry(retry => (retry.MaxRetryAttempts, retry.Delay) = (99, TimeSpan.Zero)));
        await FailAsync(stand, "a");

        DeadLetter letter = await stand.LetterAsync();

        Assert.Equal(100, letter.Attempts);
        Assert.Equal([1, .. Enumerable.Range(70, 31)], letter.Failures.Select(failure => failure.Attempt));
        Assert.Equal("1", letter.Failures[0].Message);
        Assert.Equal("100", letter.Failures[^1].Message);
    }

    private static void NoRetry(SubscriptionBuilder<string> builder) => builder.Retry(retry => retry.MaxRetryAttempts = 0);

    private static async Task FailAsync(TestStand stand, string @event)
    {
        await stand.PublishAsync(@event);
        await stand.IdleAsync();
        stand.Clock.Advance(TimeSpan.FromSeconds(1));
    }

    /// <summary>One event in the handler's hands and one in the queue.</summary>
    private static async Task FillAsync(TestStand stand)
    {
        await stand.PublishAsync("first");
        await SpinUntilAsync(() => stand.Monitor.GetStatistics().Total.Running == 1);
        await stand.PublishAsync("second");
        Assert.Equal(1, stand.Monitor.GetStatistics().Total.Queued);
    }

    private static async Task SpinUntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            TestStand.Cancellation.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private TestStand Build(Action<EventBusBuilder>? configure = null, bool inline = false) => TestStand.Build(
        bus =>
        {
            SubscriptionBuilder<string> builder = bus
                .Subscribe<string>("s", (text, _, _) =>
                {
                    lock (_handled)
                    {
                        _handled.Add(text);
                    }

                    return _fails ? throw new InvalidOperationException($"{text} is bad") : default;
                })
                .Retry(retry => retry.MaxRetryAttempts = 0);
            if (inline)
            {
                builder.Inline();
            }

            configure?.Invoke(bus);
        },
        logs: true);
}
