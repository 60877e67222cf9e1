using System.Collections.Concurrent;
using EventBus.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Tests.Diagnostics;

public sealed class ObserverTests
{
    private sealed record OrderPlaced;

    private sealed class Recorder : IDeliveryObserver
    {
        public ConcurrentQueue<DeliveryObservation> Seen { get; } = new();

        public void Observe(in DeliveryObservation observation) => Seen.Enqueue(observation);
    }

    private sealed class Thrower : IDeliveryObserver
    {
        public void Observe(in DeliveryObservation observation) => throw new InvalidOperationException("observer");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Success_IsToldFromPublishingToTheEnd(bool inline)
    {
        await using TestStand stand = Build((_, _, _) => default, inline);
        OrderPlaced order = new();

        await stand.PublishAsync(order);
        await stand.IdleAsync();

        // A worker may be done before the publisher has told of the acceptance.
        Assert.Equal(
            [(DeliveryStage.Published, null, 0), (DeliveryStage.Accepted, "s", 0), (DeliveryStage.Succeeded, "s", 1)],
            Seen(stand).Select(each => (each.Stage, each.Subscription, each.Stage == DeliveryStage.Accepted ? 0 : each.Attempt))
                .OrderBy(each => each.Stage));
        Assert.All(Seen(stand), each =>
        {
            Assert.Same(order, each.Event);
            Assert.Same(Seen(stand)[0].Metadata, each.Metadata);
            Assert.Null(each.Exception);
            Assert.Null(each.Reason);
        });
    }

    [Fact]
    public async Task Unmatched_IsTold()
    {
        await using TestStand stand = Build((_, _, _) => default, inline: true);

        await stand.PublishAsync("nobody wants it");

        Assert.Equal([DeliveryStage.Published, DeliveryStage.Unmatched], Seen(stand).Select(each => each.Stage));
    }

    [Fact]
    public async Task Filtered_IsTold()
    {
        await using TestStand stand = Build((_, _, _) => default, inline: true, builder => builder.Where(_ => false));

        await stand.PublishAsync(new OrderPlaced());

        Assert.Equal(
            [(DeliveryStage.Published, null), (DeliveryStage.Filtered, "s"), (DeliveryStage.Unmatched, null)],
            Seen(stand).Select(each => (each.Stage, each.Subscription)));
    }

    [Fact]
    public async Task RetriesAndDeadLetter_AreToldWithTheirExceptions()
    {
        await using TestStand stand = Build(
            (_, context, _) => throw new InvalidOperationException($"{context.Attempt}"),
            inline: true,
            builder => builder.Retry(retry => (retry.MaxRetryAttempts, retry.Delay) = (2, TimeSpan.Zero)));

        await stand.PublishAsync(new OrderPlaced());

        Assert.Equal(
            [
                (DeliveryStage.Published, 0, null, null),
                (DeliveryStage.Accepted, 0, null, null),
                (DeliveryStage.Retrying, 1, "1", null),
                (DeliveryStage.Retrying, 2, "2", null),
                (DeliveryStage.DeadLettered, 3, "3", (DeadLetterReason?)DeadLetterReason.RetriesExhausted),
            ],
            Seen(stand).Select(each => (each.Stage, each.Attempt, each.Exception?.Message, each.Reason)));
    }

    [Fact]
    public async Task Redrive_IsToldBesidesTheAcceptance()
    {
        bool fails = true;
        await using TestStand stand = Build(
            (_, _, _) => fails ? throw new InvalidOperationException() : default, inline: true);
        await stand.PublishAsync(new OrderPlaced());
        fails = false;
        int before = Seen(stand).Count;

        await stand.DeadLetters.RedriveAsync((await stand.LetterAsync()).Id, TestStand.Cancellation);

        Assert.Equal(
            [DeliveryStage.Accepted, DeliveryStage.Succeeded, DeliveryStage.Redriven],
            Seen(stand).Skip(before).Select(each => each.Stage));
    }

    [Fact]
    public async Task AbandonedHandler_IsTold()
    {
        TaskCompletionSource release = new();
        await using TestStand stand = Build(
            async (_, _, _) => await release.Task, inline: true, builder => builder.Timeout(TimeSpan.FromSeconds(1)));

        ValueTask publishing = stand.PublishAsync(new OrderPlaced());
        stand.Clock.Advance(TimeSpan.FromSeconds(1));
        stand.Clock.Advance(TimeSpan.FromSeconds(2));
        await publishing;

        Assert.Equal(
            [DeliveryStage.Published, DeliveryStage.Accepted, DeliveryStage.Abandoned, DeliveryStage.DeadLettered],
            Seen(stand).Select(each => each.Stage));
        Assert.Equal(DeadLetterReason.TimedOut, Seen(stand)[^1].Reason);
        release.SetResult();
    }

    [Fact]
    public async Task Refusal_ByAFilterThatThrows_IsToldAsAcceptedAndDeadLettered()
    {
        await using TestStand stand = Build(
            (_, _, _) => default, inline: true, builder => builder.Where(_ => throw new InvalidOperationException("filter")));

        await stand.PublishAsync(new OrderPlaced());

        Assert.Equal(
            [(DeliveryStage.Published, null), (DeliveryStage.Accepted, null), (DeliveryStage.DeadLettered, (DeadLetterReason?)DeadLetterReason.FilterFailed)],
            Seen(stand).Select(each => (each.Stage, each.Reason)));
        Assert.Equal("filter", Seen(stand)[^1].Exception?.Message);
    }

    [Fact]
    public async Task ObserverThatThrows_KeepsNothingFromTheOthers()
    {
        int handled = 0;
        await using var stand = TestStand.Build(bus => bus
            .AddObserver<Thrower>()
            .AddObserver<Recorder>()
            .Subscribe<OrderPlaced>("s", (_, _, _) =>
            {
                handled++;
                return default;
            }));

        await stand.PublishAsync(new OrderPlaced());
        await stand.IdleAsync();

        Assert.Equal(1, handled);
        Assert.Equal(3, Seen(stand).Count);
        Assert.Equal(1, stand.Monitor.GetStatistics()["s"].Succeeded);
    }

    private static List<DeliveryObservation> Seen(TestStand stand) => [.. stand.Services.GetRequiredService<Recorder>().Seen];

    private static TestStand Build(
        Func<OrderPlaced, EventContext, CancellationToken, ValueTask> handler,
        bool inline,
        Action<SubscriptionBuilder<OrderPlaced>>? configure = null) => TestStand.Build(bus =>
        {
            SubscriptionBuilder<OrderPlaced> builder = bus.AddObserver<Recorder>().Subscribe("s", handler);
            if (inline)
            {
                builder.Inline();
            }

            configure?.Invoke(builder);
        });
}
