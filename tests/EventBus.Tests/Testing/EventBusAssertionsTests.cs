using EventBus.Diagnostics;
using EventBus.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Tests.Testing;

public sealed class EventBusAssertionsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private sealed record OrderPlaced(string Id, decimal Total);

    private sealed record OrderShipped(string Id);

    [Fact]
    public async Task ShouldHave_WhatHappened_GivesTheEntries()
    {
        await using EventBusHarness harness = await AfterThreeOrdersAsync();

        Assert.Equal(3, harness.ShouldHavePublished<OrderPlaced>().Count);
        Assert.Equal("B", Assert.Single(harness.ShouldHavePublished<OrderPlaced>(order => order.Total > 100)).Event.Id);
        Assert.Equal("B", Assert.Single(harness.ShouldHaveHandled<OrderPlaced>("large", times: 1)).Event.Id);
        Assert.Equal(["A", "C"], harness.ShouldHaveFiltered<OrderPlaced>("large", times: 2).Select(entry => entry.Event.Id));
        Assert.Equal(2, harness.ShouldHaveRetried<OrderPlaced>("stock", order => order.Id == "C", times: 2).Count);
        Assert.Equal(
            "C", Assert.Single(harness.ShouldHaveDeadLettered<OrderPlaced>("stock", DeadLetterReason.RetriesExhausted)).Event.Id);
        harness.ShouldBeConserved();
    }

    [Fact]
    public async Task ShouldNotHave_WhatDidNotHappen_Passes()
    {
        await using EventBusHarness harness = await AfterThreeOrdersAsync();

        harness.ShouldNotHavePublished<OrderShipped>();
        harness.ShouldNotHavePublished<OrderPlaced>(order => order.Total < 0);
        harness.ShouldNotHaveHandled<OrderPlaced>("large", order => order.Total < 100);
        harness.ShouldNotHaveRetried("large");
        harness.ShouldNotHaveDeadLettered("large");
        harness.ShouldNotHaveDeadLettered(reason: DeadLetterReason.TimedOut);
        harness.ShouldHaveHandled<OrderShipped>(times: 0);
    }

    [Fact]
    public async Task Failure_ForAWholeScenario_TellsWhatDidHappen()
    {
        await using var harness = EventBusHarness.Start(bus => bus
            .Subscribe<OrderPlaced>("stock", (_, _, _) => throw new InvalidOperationException("no stock")).Retry(RetryPreset.LambdaAsync));
        await harness.Bus.PublishAsync(new OrderPlaced("A", 1), Cancellation);
        await harness.WhenIdleAsync(cancellationToken: Cancellation);

        EventBusAssertionException exception = Assert.Throws<EventBusAssertionException>(
            () => harness.ShouldHaveHandled<OrderPlaced>("stock", order => order.Id == "A"));

        // Whether the publisher tells of the acceptance before the worker tells of the attempt is the scheduler's choice.
        string message = exception.Message.ReplaceLineEndings("\n").Replace("  +0 s #1 accepted by 'stock'\n", "", StringComparison.Ordinal);
        Assert.Equal(
            """
            Expected OrderPlaced where order => order.Id == "A" to be handled by 'stock', but that never happened.
            What did happen, by the bus's clock since the recording began:
              +0 s #1 published: OrderPlaced { Id = A, Total = 1 }
              +0 s #1 to be retried by 'stock', attempt 1, InvalidOperationException: no stock
              +60 s #1 to be retried by 'stock', attempt 2, InvalidOperationException: no stock
              +180 s #1 dead-lettered by 'stock', attempt 3, RetriesExhausted, InvalidOperationException: no stock
            Subscriptions:
              'stock': 1 accepted, 1 dead-lettered, 2 retries
            """,
            message,
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public async Task ShouldHavePublished_NeverPublished_SaysSo()
    {
        await using EventBusHarness harness = await AfterThreeOrdersAsync();

        AssertFails(
            "Expected OrderShipped to be published, but that never happened.",
            () => harness.ShouldHavePublished<OrderShipped>());
        AssertFails(
            "Expected OrderPlaced where order => order.Total > 100 to be published exactly twice, but that happened once.",
            () => harness.ShouldHavePublished<OrderPlaced>(order => order.Total > 100, times: 2));
    }

    [Fact]
    public async Task ShouldNotHavePublished_Published_SaysSo()
    {
        await using EventBusHarness harness = await AfterThreeOrdersAsync();

        AssertFails(
            "Expected OrderPlaced not to be published, but that happened 3 times.",
            () => harness.ShouldNotHavePublished<OrderPlaced>());
    }

    [Fact]
    public async Task ShouldHaveHandled_AnotherNumber_SaysSo()
    {
        await using EventBusHarness harness = await AfterThreeOrdersAsync();

        AssertFails(
            "Expected OrderPlaced to be handled by 'stock' exactly 3 times, but that happened twice.",
            () => harness.ShouldHaveHandled<OrderPlaced>("stock", times: 3));
        AssertFails(
            "Expected OrderPlaced not to be handled by 'large', but that happened once.",
            () => harness.ShouldHaveHandled<OrderPlaced>("large", times: 0));
        AssertFails(
            "Expected OrderPlaced not to be handled by 'large', but that happened once.",
            () => harness.ShouldNotHaveHandled<OrderPlaced>("large"));
    }

    [Fact]
    public async Task ShouldHaveFiltered_NotFiltered_SaysSo()
    {
        await using EventBusHarness harness = await AfterThreeOrdersAsync();

        AssertFails(
            "Expected OrderPlaced to be filtered by 'stock', but that never happened.",
            () => harness.ShouldHaveFiltered<OrderPlaced>("stock"));
    }

    [Fact]
    public async Task ShouldHaveRetried_NotRetried_SaysSo()
    {
        await using EventBusHarness harness = await AfterThreeOrdersAsync();

        AssertFails(
            "Expected OrderPlaced to be retried by 'large', but that never happened.",
            () => harness.ShouldHaveRetried<OrderPlaced>("large"));
        AssertFails(
            "Expected an event not to be retried, but that happened twice.",
            () => harness.ShouldNotHaveRetried());
    }

    [Fact]
    public async Task ShouldHaveDeadLettered_ForAnotherReason_SaysSo()
    {
        await using EventBusHarness harness = await AfterThreeOrdersAsync();

        AssertFails(
            "Expected OrderPlaced to be dead-lettered by 'stock' as TimedOut, but that never happened.",
            () => harness.ShouldHaveDeadLettered<OrderPlaced>("stock", DeadLetterReason.TimedOut));
        AssertFails(
            "Expected an event not to be dead-lettered by 'stock', but that happened once.",
            () => harness.ShouldNotHaveDeadLettered("stock"));
    }

    [Fact]
    public async Task Assertion_OfASubscriptionNobodyKnows_FailsEvenWhereItForbids()
    {
        await using EventBusHarness harness = await AfterThreeOrdersAsync();

        AssertFails(
            "No subscription is named 'stok'. Known are: stock, large.",
            () => harness.ShouldNotHaveHandled<OrderPlaced>("stok"));
    }

    [Fact]
    public async Task Assertion_OfASubscriptionThatHasEnded_StillFindsIt()
    {
        await using var harness = EventBusHarness.Start(_ => { });
        await using (harness.Bus.Subscribe<OrderPlaced>("live-view", (_, _, _) => default))
        {
            await harness.Bus.PublishAsync(new OrderPlaced("A", 1), Cancellation);
        }

        harness.ShouldHaveHandled<OrderPlaced>("live-view", times: 1);
        harness.ShouldBeConserved();
    }

    [Fact]
    public async Task Assertion_BeforeTheBusIsDone_RemindsOfWaiting()
    {
        TaskCompletionSource release = new();
        await using var harness = EventBusHarness.Start(bus => bus
            .Subscribe<OrderPlaced>("stock", (_, _, _) => new ValueTask(release.Task)));
        await harness.Bus.PublishAsync(new OrderPlaced("A", 1), Cancellation);

        AssertFails(
            "The bus is not done: 1 deliveries are pending. Await WhenIdleAsync before asserting.",
            () => harness.ShouldHaveHandled<OrderPlaced>());
        release.SetResult();
        await harness.WhenIdleAsync(cancellationToken: Cancellation);

        harness.ShouldHaveHandled<OrderPlaced>();
    }

    [Fact]
    public async Task Times_BelowZero_AreRefused()
    {
        await using EventBusHarness harness = await AfterThreeOrdersAsync();

        ArgumentOutOfRangeException exception =
            Assert.Throws<ArgumentOutOfRangeException>(() => harness.ShouldHavePublished<OrderPlaced>(times: -1));

        Assert.Equal("times", exception.ParamName);
    }

    [Fact]
    public void Assertion_WithoutAHarness_IsRefused()
    {
        EventBusHarness harness = null!;

        Assert.Throws<ArgumentNullException>(() => harness.ShouldHavePublished<OrderPlaced>());
        Assert.Throws<ArgumentNullException>(harness.ShouldBeConserved);
    }

    [Fact]
    public async Task ShouldBeConserved_WithALostDelivery_NamesTheSubscription()
    {
        ServiceCollection services = new();
        services.AddEventBus();
        services.AddEventBusRecorder();
        services.AddSingleton<IEventBusMonitor>(new MonitorThatLostOne());
        await using ServiceProvider provider = services.BuildServiceProvider();
        var harness = EventBusHarness.Attach(provider);

        EventBusAssertionException exception = Assert.Throws<EventBusAssertionException>(harness.ShouldBeConserved);

        Assert.StartsWith(
            """
            Expected accepted = succeeded + dead-lettered + pending, but that does not hold for 'stock'.
            Altogether 5 were accepted, 3 succeeded, 1 were dead-lettered and 0 are pending.
            What did happen, by the bus's clock since the recording began:
              nothing
            Subscriptions:
              'audit': 0 accepted
              'stock': 5 accepted, 3 handled, 1 dead-lettered
            """.ReplaceLineEndings(),
            exception.Message.ReplaceLineEndings(),
            StringComparison.Ordinal);
    }

    private static void AssertFails(string expected, Action assertion)
    {
        EventBusAssertionException exception = Assert.Throws<EventBusAssertionException>(assertion);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    private static async Task<EventBusHarness> AfterThreeOrdersAsync()
    {
        var harness = EventBusHarness.Start(bus =>
        {
            bus.Subscribe<OrderPlaced>("stock", (order, _, _) =>
                order.Id == "C" ? throw new InvalidOperationException("no stock") : default);
            bus.Subscribe<OrderPlaced>("large", (_, _, _) => default).Where(order => order.Total > 100);
        });
        await harness.Bus.PublishAsync(new OrderPlaced("A", 10), Cancellation);
        await harness.Bus.PublishAsync(new OrderPlaced("B", 200), Cancellation);
        await harness.Bus.PublishAsync(new OrderPlaced("C", 30), Cancellation);
        await harness.WhenIdleAsync(cancellationToken: Cancellation);
        return harness;
    }

    private sealed class MonitorThatLostOne : IEventBusMonitor
    {
        public EventBusStatistics GetStatistics()
        {
            DeliveryCounts lossy = new() { Accepted = 5, Succeeded = 3, DeadLettered = 1 };
            SubscriptionStatistics[] subscriptions =
                [new("audit", "OrderPlaced", null, new DeliveryCounts()), new("stock", "OrderPlaced", 10, lossy)];
            return new EventBusStatistics(5, 0, subscriptions, lossy, null);
        }

        public EventBusHealth CheckHealth() => new(EventBusHealthStatus.Healthy, []);

        public ValueTask WhenIdleAsync(CancellationToken cancellationToken = default) => default;

        public ValueTask WhenSettledAsync(CancellationToken cancellationToken = default) => default;
    }
}
