using System.Collections.Concurrent;

namespace EventBus.Tests.Awaiting;

public sealed class ReplyTableTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private sealed record Question(int Number);

    private sealed record Answer(int Number);

    [Fact]
    public async Task LateReplies_ToMoreRequestsThanAreRemembered_AreCountedForTheLatest()
    {
        ConcurrentQueue<string> conversations = new();
        await using var stand = TestStand.Build(bus => bus.Subscribe<Question>("s", (_, context, _) =>
        {
            conversations.Enqueue(context.CorrelationId);
            return default;
        }).Inline());
        Task<Answer>[] requests =
        [
            .. Enumerable.Range(0, 1_100).Select(i => stand.Bus.RequestAsync<Answer>(new Question(i), Patience, TestStand.Cancellation)),
        ];
        stand.Clock.Advance(Patience);
        foreach (Task<Answer> request in requests)
        {
            await Assert.ThrowsAsync<TimeoutException>(() => request);
        }

        foreach (string conversation in conversations)
        {
            await stand.Bus.PublishAsync(new Answer(0), new PublishOptions { CorrelationId = conversation }, TestStand.Cancellation);
            await stand.Bus.PublishAsync(new Answer(1), new PublishOptions { CorrelationId = conversation }, TestStand.Cancellation);
        }

        Assert.Equal(1_024, stand.Monitor.GetStatistics().LateReplies);
        await TestStand.UntilAsync(() => stand.Monitor.GetStatistics().Subscriptions.Count == 1);
    }

    [Fact]
    public async Task Reply_OfARequestThatWasCancelled_IsNotLate()
    {
        using CancellationTokenSource source = new();
        string conversation = "";
        await using var stand = TestStand.Build(bus => bus.Subscribe<Question>("s", (_, context, _) =>
        {
            conversation = context.CorrelationId;
            return default;
        }).Inline());
        Task<Answer> other = stand.Bus.RequestAsync<Answer>(new Question(0), Patience, TestStand.Cancellation);
        Task<Answer> cancelled = stand.Bus.RequestAsync<Answer>(new Question(1), Patience, source.Token);

        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await stand.Bus.PublishAsync(new Answer(1), new PublishOptions { CorrelationId = conversation }, TestStand.Cancellation);

        Assert.Equal(0, stand.Monitor.GetStatistics().LateReplies);
        Assert.False(other.IsCompleted);
    }
}
