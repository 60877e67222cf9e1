using EventBus.DeadLettering;
using EventBus.Diagnostics;

namespace EventBus.Tests.Publishing;

/// <summary>Inline handlers that wait for too long, on the straight line: their time is that of every subscription, 15 minutes.</summary>
public sealed class StraightLineTimeoutTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    private readonly List<string> _calls = [];

    private sealed record Order(int Number);

    [Fact]
    public async Task Handler_ThatEndsByItsTokenWhenItsTimeIsUp_IsTimedOutAndTheNextIsCalled()
    {
        await using TestStand stand = Build(static async (_, token) => await Task.Delay(System.Threading.Timeout.Infinite, token));

        Task publishing = stand.Bus.PublishAsync(new Order(1), CancellationToken.None).AsTask();
        stand.Clock.Advance(Timeout - Tick);
        Assert.False(publishing.IsCompleted);
        stand.Clock.Advance(Tick);
        await TestStand.Soon(publishing);

        DeadLetter letter = await stand.LetterAsync();
        Assert.Equal((DeadLetterReason.TimedOut, "slow", 1), (letter.Reason, letter.Subscription, letter.Attempts));
        Assert.Equal(["before 1", "slow 1", "after 1"], _calls);
        Assert.Equal((0, 0), (Counts(stand).Abandoned, Counts(stand).LateEnds));
    }

    [Fact]
    public async Task Handler_ThatEndsWellThoughItsTokenHasFired_HasSucceeded()
    {
        TaskCompletionSource fired = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestStand stand = Build(async (_, token) =>
        {
            await using CancellationTokenRegistration registration = token.Register(fired.SetResult);
            await fired.Task;
        });

        Task publishing = stand.Bus.PublishAsync(new Order(1), CancellationToken.None).AsTask();
        stand.Clock.Advance(Timeout);
        await TestStand.Soon(publishing);

        Assert.Empty(await stand.LettersAsync());
        Assert.Equal((1, 0), (Counts(stand).Succeeded, Counts(stand).Abandoned));
    }

    [Fact]
    public async Task Handler_ThatGoesOnAfterItsToken_IsAbandonedAndItsLateEndCounted()
    {
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        EventContext kept = default;
        bool hasFired = false;
        await using TestStand stand = Build(async (context, token) =>
        {
            kept = context;
            await release.Task;
            hasFired = token.IsCancellationRequested;
        });

        Task publishing = stand.Bus.PublishAsync(new Order(1), CancellationToken.None).AsTask();
        Assert.Equal("slow", kept.SubscriptionName);
        stand.Clock.Advance(Timeout);
        stand.Clock.Advance(TimeSpan.FromSeconds(2));
        await TestStand.Soon(publishing);

        Assert.Equal((DeadLetterReason.TimedOut, "slow"), ((await stand.LetterAsync()).Reason, (await stand.LetterAsync()).Subscription));
        Assert.Equal(["before 1", "slow 1", "after 1"], _calls);
        Assert.Equal((1, 0, 1), (Counts(stand).Abandoned, Counts(stand).LateEnds, Counts(stand).DeadLettered));
        Assert.Throws<InvalidOperationException>(() => kept.EventId);
        release.SetResult();
        await TestStand.UntilAsync(() => Counts(stand).LateEnds == 1);
        Assert.True(hasFired);
        Assert.Equal((0, 1, 1), (Counts(stand).Succeeded, Counts(stand).DeadLettered, Counts(stand).Accepted));
    }

    [Theory]
    [InlineData("in time")]
    [InlineData("timed out")]
    [InlineData("abandoned")]
    [InlineData("cancelled")]
    [InlineData("failed")]
    public async Task NextPublishes_AfterAHandlerThatWaited_HaveATokenAndATimeOfTheirOwn(string first)
    {
        using CancellationTokenSource cancellation = new();
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        List<(bool HasFired, DateTimeOffset? Deadline, DateTimeOffset Due)> seen = [];
        TestStand? stand = null;
        stand = Build(async (context, token) =>
        {
            if (_calls.Count > 2)
            {
                seen.Add((token.IsCancellationRequested, context.Deadline, stand!.Clock.GetUtcNow() + Timeout));
                await TestStand.UntilAsync(() => Counts(stand).Running == 1);
                seen.Add((token.IsCancellationRequested, context.Deadline, stand.Clock.GetUtcNow() + Timeout));
                return;
            }

            using CancellationTokenRegistration ending =
                token.Register(() => _ = first == "abandoned" || release.TrySetCanceled(CancellationToken.None));
            await release.Task;
        });
        await using (stand)
        {
            await TestStand.OnThread(() =>
            {
                Task publishing = stand.Bus.PublishAsync(new Order(1), cancellation.Token).AsTask();
                End(first, stand, release, cancellation);
                publishing.GetAwaiter().GetResult();
                for (int i = 2; i <= 6; i++)
                {
                    stand.Clock.Advance(TimeSpan.FromMinutes(1));
                    stand.Bus.PublishAsync(new Order(i), CancellationToken.None).AsTask().GetAwaiter().GetResult();
                }
            });
            release.TrySetResult();

            Assert.DoesNotContain(await stand.LettersAsync(), static letter => letter.Event is Order { Number: > 1 });
            Assert.Equal(10, seen.Count);
            Assert.All(seen, static each => Assert.Equal((false, each.Due), (each.HasFired, each.Deadline)));
            Assert.Equal(first == "in time" ? 6 : 5, Counts(stand).Succeeded);
            Assert.Equal(6, stand.Monitor.GetStatistics()["before"].Succeeded);
        }
    }

    private static DeliveryCounts Counts(TestStand stand) => stand.Monitor.GetStatistics()["slow"];

    private static void End(string how, TestStand stand, TaskCompletionSource release, CancellationTokenSource cancellation)
    {
        switch (how)
        {
            case "in time":
                release.SetResult();
                break;
            case "timed out":
                stand.Clock.Advance(Timeout);
                break;
            case "abandoned":
                stand.Clock.Advance(Timeout);
                stand.Clock.Advance(TimeSpan.FromSeconds(2));
                break;
            case "cancelled":
                cancellation.Cancel();
                break;
            default:
                release.SetException(new InvalidOperationException());
                break;
        }
    }

    private TestStand Build(Func<EventContext, CancellationToken, ValueTask> slow) => TestStand.Build(bus =>
    {
        bus.Subscribe<Order>("before", (order, _, _) => Note($"before {order.Number}")).Inline();
        bus.Subscribe<Order>("slow", (order, context, token) =>
        {
            _calls.Add($"slow {order.Number}");
            return slow(context, token);
        }).Inline();
        bus.Subscribe<Order>("after", (order, _, _) => Note($"after {order.Number}")).Inline();
    });

    private ValueTask Note(string call)
    {
        _calls.Add(call);
        return default;
    }
}
