using EventBus.DeadLettering;

namespace EventBus.Tests.Scenarios;

/// <summary>The publisher's token: who obeys it, and when.</summary>
public sealed class CancellationScenarios
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Token_CancelledBeforeAcceptance_MeansThatNothingHappens(bool inline)
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            SubscriptionBuilder<OrderPlaced> subscription =
                builder.Subscribe<OrderPlaced>("any", (_, _, _) => calls.Note("called"));
            if (inline)
            {
                subscription.Inline();
            }
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => bus.PublishAsync(new OrderPlaced("1"), new CancellationToken(canceled: true)).AsTask());

        Assert.Equal((0, 0), (calls.Count, bus["any"].Accepted));
        Assert.Empty(await bus.LettersAsync());
    }

    [Fact]
    public async Task Token_CancelledWhileWaitingForRoom_LeavesALetterForThoseWithoutTheEvent()
    {
        using CancellationTokenSource cancellation = new();
        TaskCompletionSource gate = new();
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("full", async (_, _, _) => await gate.Task)
                .Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (1, 1));
            builder.Subscribe<OrderPlaced>("free", (order, _, _) => calls.Note(order.OrderId));
        });
        await bus.PublishAsync(new OrderPlaced("1"));
        await ScenarioBus.Soon(Task.Run(async () =>
        {
            while (bus["full"].Running == 0)
            {
                await Task.Yield();
            }
        }));
        await bus.PublishAsync(new OrderPlaced("2"));
        Task third = bus.PublishAsync(new OrderPlaced("3"), cancellation.Token).AsTask();
        Assert.False(third.IsCompleted);

        await cancellation.CancelAsync();
        OperationCanceledException thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ScenarioBus.Soon(third));
        gate.SetResult();
        await bus.IdleAsync();

        Assert.Contains("Redrive", thrown.Message, StringComparison.Ordinal);
        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Equal(("full", DeadLetterReason.PublishCancelled, 0), (letter.Subscription, letter.Reason, letter.Attempts));
        Assert.Contains("3", calls.All);
        await bus.DeadLetters.RedriveAsync(letter.Id);
        await bus.IdleAsync();
        Assert.Equal(3, bus["full"].Succeeded);
    }

    [Fact]
    public async Task Token_CancelledAfterAQueueAccepted_DoesNotReachTheHandler()
    {
        using CancellationTokenSource cancellation = new();
        TaskCompletionSource gate = new();
        bool? wasCancelled = null;
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("queued", async (_, _, token) =>
        {
            await gate.Task;
            wasCancelled = token.IsCancellationRequested;
        }));

        await bus.PublishAsync(new OrderPlaced("1"), cancellation.Token);
        await cancellation.CancelAsync();
        gate.SetResult();
        await bus.IdleAsync();

        Assert.False(wasCancelled);
        Assert.Equal(1, bus["queued"].Succeeded);
    }

    [Fact]
    public async Task Token_CancelledDuringAnInlineHandler_ReachesItAndTheNextIsNotCalled()
    {
        using CancellationTokenSource cancellation = new();
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("waits", async (_, _, token) =>
            {
                await calls.Note("waits");
                await Task.Delay(Timeout.Infinite, token);
            }).Inline();
            builder.Subscribe<OrderPlaced>("next", (_, _, _) => calls.Note("next")).Inline();
        });

        Task publishing = bus.PublishAsync(new OrderPlaced("1"), cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await ScenarioBus.Soon(publishing);

        Assert.Equal(["waits"], calls.All);
        IReadOnlyList<DeadLetter> letters = await bus.LettersAsync();
        Assert.All(letters, letter => Assert.Equal(DeadLetterReason.PublishCancelled, letter.Reason));
        Assert.Equal([("waits", 1), ("next", 0)], letters.Select(letter => (letter.Subscription, letter.Attempts)));
    }

    [Fact]
    public async Task Token_CancelledByASynchronousInlineHandler_KeepsTheNextFromBeingCalled()
    {
        using CancellationTokenSource cancellation = new();
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("cancels", (_, _, _) =>
            {
                cancellation.Cancel();
                return calls.Note("cancels");
            }).Inline();
            builder.Subscribe<OrderPlaced>("next", (_, _, _) => calls.Note("next")).Inline();
        });

        await bus.PublishAsync(new OrderPlaced("1"), cancellation.Token);

        Assert.Equal(["cancels"], calls.All);
        Assert.Equal((1, 0), (bus["cancels"].Succeeded, bus["next"].Succeeded));
        DeadLetter letter = await bus.OnlyLetterAsync("next");
        Assert.Equal((DeadLetterReason.PublishCancelled, 0), (letter.Reason, letter.Attempts));
    }
}
