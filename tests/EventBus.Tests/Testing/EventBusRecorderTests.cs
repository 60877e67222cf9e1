using EventBus.Diagnostics;
using EventBus.Testing;

namespace EventBus.Tests.Testing;

public sealed class EventBusRecorderTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private interface IOrderEvent
    {
        string Id { get; }
    }

    private sealed record OrderPlaced(string Id, decimal Total) : IOrderEvent;

    private sealed record OrderShipped(string Id) : IOrderEvent;

    private sealed class Ping
    {
    }

    [Fact]
    public async Task Entries_OfEachKind_AreFoundByTypeAndSubscription()
    {
        await using var harness = EventBusHarness.Start(bus =>
        {
            bus.Subscribe<OrderPlaced>("large", (_, _, _) => default).Where(order => order.Total > 100);
            bus.Subscribe<IOrderEvent>("audit", (_, context, _) =>
                context.Attempt == 1 ? throw new InvalidOperationException("busy") : default)
                .Retry(retry => retry.MaxRetryAttempts = 1);
            bus.Subscribe<OrderShipped>("mail", (_, _, _) => throw new InvalidOperationException("no address"))
                .DoNotRetry<InvalidOperationException>();
        });

        await harness.Bus.PublishAsync(new OrderPlaced("A", 1), Cancellation);
        await harness.Bus.PublishAsync(new OrderShipped("B"), Cancellation);
        await harness.WhenIdleAsync(cancellationToken: Cancellation);

        EventBusRecorder recorder = harness.Recorder;
        Assert.Equal(["A", "B"], recorder.Published<IOrderEvent>().Select(entry => entry.Event.Id));
        Assert.Equal("large", Assert.Single(recorder.Filtered<OrderPlaced>()).Subscription);
        Assert.Empty(recorder.Filtered<OrderPlaced>("audit"));
        Assert.Equal(["A", "B"], recorder.Handled<IOrderEvent>("audit").Select(entry => entry.Event.Id).Order());
        Assert.All(recorder.Handled<IOrderEvent>("audit"), entry => Assert.Equal(2, entry.Attempt));
        Assert.Equal("busy", Assert.Single(recorder.Retried<OrderPlaced>()).Exception!.Message);
        RecordedEvent<OrderShipped> letter = Assert.Single(recorder.DeadLettered<OrderShipped>());
        Assert.Equal(("mail", DeadLetterReason.NotRetryable), (letter.Subscription, letter.Reason));
        Assert.Equal("no address", letter.Exception!.Message);
        Assert.Same(letter.Event, recorder.Published<OrderShipped>().Single().Event);
    }

    [Fact]
    public async Task Entry_OfAPublish_HasTheEventsMetadata()
    {
        await using var harness = EventBusHarness.Start(bus => bus.NameEvent<OrderPlaced>("orders.placed"));

        await harness.Bus.PublishAsync(new OrderPlaced("A", 1), new PublishOptions { CorrelationId = "cart-7" }, Cancellation);

        RecordedEvent<OrderPlaced> entry = Assert.Single(harness.Recorder.Published<OrderPlaced>());
        Assert.Equal(("orders.placed", "cart-7"), (entry.Metadata.TypeName, entry.Metadata.CorrelationId));
        Assert.Equal(harness.Clock.GetUtcNow(), entry.RecordedAt);
        Assert.Equal(
            [DeliveryStage.Published, DeliveryStage.Unmatched],
            harness.Recorder.Entries.Select(recorded => recorded.Stage));
    }

    [Fact]
    public async Task List_TakenBefore_DoesNotChange()
    {
        await using var harness = EventBusHarness.Start(bus => bus.Subscribe<OrderPlaced>("stock", (_, _, _) => default).Inline());
        await harness.Bus.PublishAsync(new OrderPlaced("A", 1), Cancellation);
        IReadOnlyList<RecordedEvent<object>> before = harness.Recorder.Entries;
        int count = before.Count;

        await harness.Bus.PublishAsync(new OrderPlaced("B", 1), Cancellation);

        Assert.Equal(count, before.Count);
        Assert.Equal(2 * count, harness.Recorder.Entries.Count);
    }

    [Fact]
    public async Task Clear_AfterEvents_ForgetsThem()
    {
        await using var harness = EventBusHarness.Start(bus => bus.Subscribe<OrderPlaced>("stock", (_, _, _) => default).Inline());
        await harness.Bus.PublishAsync(new OrderPlaced("A", 1), Cancellation);

        harness.Recorder.Clear();
        await harness.Bus.PublishAsync(new OrderPlaced("B", 1), Cancellation);

        Assert.Equal("B", Assert.Single(harness.ShouldHavePublished<OrderPlaced>()).Event.Id);
        Assert.Equal(2, harness.Monitor.GetStatistics().Published);
    }

    [Fact]
    public async Task Recording_FromManyThreads_LosesNothing()
    {
        const int Publishers = 8;
        const int Each = 250;
        await using var harness = EventBusHarness.Start(bus =>
        {
            bus.Subscribe<OrderPlaced>("queued", (_, _, _) => default);
            bus.Subscribe<OrderPlaced>("fails", (order, _, _) =>
                order.Total % 3 == 0 ? throw new InvalidOperationException("third") : default);
        });

        await Task.WhenAll(Enumerable.Range(0, Publishers).Select(publisher => Task.Run(
            async () =>
            {
                for (int i = 0; i < Each; i++)
                {
                    await harness.Bus.PublishAsync(new OrderPlaced($"{publisher}", i), Cancellation);
                }
            },
            Cancellation)));
        await harness.WhenIdleAsync(cancellationToken: Cancellation);

        harness.ShouldHavePublished<OrderPlaced>(times: Publishers * Each);
        harness.ShouldHaveHandled<OrderPlaced>("queued", times: Publishers * Each);
        harness.ShouldBeConserved();
        foreach (SubscriptionStatistics subscription in harness.Monitor.GetStatistics().Subscriptions)
        {
            RecordedEvent<object>[] own = [.. harness.Recorder.Entries.Where(entry => entry.Subscription == subscription.Name)];
            var ends = own.Where(entry => entry.Stage is DeliveryStage.Succeeded or DeliveryStage.DeadLettered)
                .GroupBy(entry => entry.Metadata.EventId);
            Assert.All(ends, end => Assert.Single(end));
            Assert.Equal(subscription.Counts.Accepted, own.Count(entry => entry.Stage == DeliveryStage.Accepted));
            Assert.Equal(subscription.Counts.Succeeded, own.Count(entry => entry.Stage == DeliveryStage.Succeeded));
            Assert.Equal(subscription.Counts.DeadLettered, own.Count(entry => entry.Stage == DeliveryStage.DeadLettered));
            Assert.Equal(subscription.Counts.Retries, own.Count(entry => entry.Stage == DeliveryStage.Retrying));
        }
    }

    [Fact]
    public async Task ToString_AfterEvents_IsAReadableJournal()
    {
        await using var harness = EventBusHarness.Start(bus =>
        {
            bus.Subscribe<OrderPlaced>("stock", (_, _, _) => throw new InvalidOperationException("no\nstock")).Inline()
                .Retry(RetryPreset.None);
            bus.Subscribe<OrderPlaced>("large", (_, _, _) => default).Where(order => order.Total > 100);
        });

        await harness.Bus.PublishAsync(new OrderPlaced("A", 1), Cancellation);
        harness.Clock.Advance(TimeSpan.FromMilliseconds(1500));
        await harness.Bus.PublishAsync(new Ping(), Cancellation);

        Assert.Equal(
            """
              +0 s #1 published: OrderPlaced { Id = A, Total = 1 }
              +0 s #1 filtered by 'large'
              +0 s #1 accepted by 'stock'
              +0 s #1 dead-lettered by 'stock', attempt 1, RetriesExhausted, InvalidOperationException: no stock
              +1.5 s #2 published: Ping
              +1.5 s #2 unmatched (no subscription took it)
            """,
            harness.Recorder.ToString(),
            ignoreLineEndingDifferences: true);
        Assert.Equal(
            "+0 s #1 filtered by 'large': OrderPlaced { Id = A, Total = 1 }",
            Assert.Single(harness.Recorder.Filtered<OrderPlaced>()).ToString());
    }

    [Fact]
    public async Task ToString_AfterVeryManyEvents_ShowsTheNewest()
    {
        await using var harness = EventBusHarness.Start(_ => { });
        for (int i = 0; i < 150; i++)
        {
            await harness.Bus.PublishAsync(new OrderPlaced($"{i}", 1), Cancellation);
        }

        string[] lines = harness.Recorder.ToString().Split('\n');

        Assert.Equal(201, lines.Length);
        Assert.Equal("  (100 earlier entries are in EventBusRecorder.Entries)", lines[0]);
        Assert.Equal("  +0 s #51 published: OrderPlaced { Id = 50, Total = 1 }", lines[1]);
    }
}
