using EventBus.Publishing;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Tests.Scenarios;

/// <summary>Who receives an event, and what a publisher is told.</summary>
public sealed class PublishingScenarios
{
    [Fact]
    public async Task Publish_OfADerivedRecord_ReachesBaseAndInterfaceOnceEach()
    {
        Calls calls = new();
        await using var bus = StartWithAllTypes(calls);

        await bus.PublishAsync(new OrderPlaced("1"));

        Assert.Equal(["base", "exact", "interface", "object"], calls.All.Order());
    }

    [Fact]
    public async Task Publish_ThroughABaseTypedReference_DispatchesOnTheRuntimeType()
    {
        Calls calls = new();
        await using var bus = StartWithAllTypes(calls);
        OrderEvent asBase = new OrderPlaced("1");
        object asObject = new OrderPlaced("2");
        IShopEvent asInterface = new OrderCancelled("3");

        await bus.PublishAsync(asBase);
        await bus.PublishAsync(asObject);
        await bus.PublishAsync(asInterface);

        Assert.Equal(2, calls.All.Count(call => call == "exact"));
        Assert.Equal(3, calls.All.Count(call => call == "base"));
        Assert.Equal(3, calls.All.Count(call => call == "interface"));
        Assert.Equal(3, calls.All.Count(call => call == "object"));
    }

    [Fact]
    public async Task Publish_OfStructsAndClasses_ReachesTheirHandlers()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<StockCounted>("struct", (counted, _, _) => calls.Note($"struct {counted.Pieces}")).Inline();
            builder.Subscribe<StockCounted>("struct-queued", (counted, _, _) => calls.Note($"queued {counted.Pieces}"));
            builder.Subscribe<IShopEvent>("interface", (shop, _, _) => calls.Note($"interface {shop.OrderId}")).Inline();
            builder.Subscribe<CustomerMoved>("class", (moved, _, _) => calls.Note($"class {moved.OrderId}")).Inline();
        });

        await bus.PublishAsync(new StockCounted("1", 7));
        await bus.PublishAsync<object>(new StockCounted("2", 8));
        await bus.PublishAsync(new CustomerMoved("3"));
        await bus.IdleAsync();

        Assert.Equal(
            ["class 3", "interface 1", "interface 2", "interface 3", "queued 7", "queued 8", "struct 7", "struct 8"],
            calls.All.Order());
    }

    [Fact]
    public async Task Publisher_OfOneType_ReachesTheSameSubscriptions()
    {
        Calls calls = new();
        await using var bus = StartWithAllTypes(calls);

        await bus.Services.GetRequiredService<IEventPublisher<OrderPlaced>>().PublishAsync(new OrderPlaced("1"));
        await bus.Services.GetRequiredService<IEventPublisher<OrderEvent>>().PublishAsync(new OrderPlaced("2"));

        Assert.Equal(2, calls.All.Count(call => call == "exact"));
    }

    [Fact]
    public async Task Publish_OfNull_IsRefused()
    {
        await using var bus = ScenarioBus.Start(_ => { });

        await Assert.ThrowsAsync<ArgumentNullException>(async () => await bus.PublishAsync<OrderPlaced>(null!));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await bus.Bus.PublishAsync(new OrderPlaced("1"), options: null!));
    }

    [Fact]
    public async Task Publish_WithoutSubscriber_IsLegalAndCounted()
    {
        await using var bus = ScenarioBus.Start(_ => { });

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.PublishAsync(new OrderPlaced("2"));

        Assert.Equal((2, 2), (bus.Monitor.GetStatistics().Published, bus.Monitor.GetStatistics().Unmatched));
    }

    [Fact]
    public async Task AddEventBus_FromSeveralModules_AddsUp()
    {
        Calls calls = new();
        await using var bus = ScenarioBus.Start(
            builder => builder.Subscribe<OrderPlaced>("one", (_, _, _) => calls.Note("one")).Inline(),
            services => services
                .AddEventBus(builder => builder.Subscribe<OrderPlaced>("two", (_, _, _) => calls.Note("two")).Inline())
                .AddEventBus());

        await bus.PublishAsync(new OrderPlaced("1"));

        Assert.Equal(["one", "two"], calls.All.Order());
    }

    [Fact]
    public async Task Publish_WhileTheBusStops_IsRefusedInsideAndOutsideTheStraightLine()
    {
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("inline", (_, _, _) => default).Inline();
            builder.Subscribe<OrderCancelled>("queued", (_, _, _) => default);
        });
        await bus.PublishAsync(new OrderPlaced("1"));
        bus.Services.Dispose();

        var inline = await Assert.ThrowsAsync<EventBusStoppedException>(() => bus.PublishAsync(new OrderPlaced("2")).AsTask());
        await Assert.ThrowsAsync<EventBusStoppedException>(() => bus.PublishAsync(new OrderCancelled("3")).AsTask());
        Assert.Throws<EventBusStoppedException>(() => bus.Bus.Subscribe<OrderPlaced>("late", (_, _, _) => default));
        Assert.Contains("OrderPlaced", inline.Message, StringComparison.Ordinal);
        Assert.Equal(1, bus["inline"].Accepted);
    }

    [Fact]
    public async Task Publish_WithAReusedOptionsObject_KeepsWhatItSaidAtTheTime()
    {
        List<string> seen = [];
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<OrderPlaced>("queued", (_, context, _) =>
        {
            seen.Add($"{context.CorrelationId} {context.Headers["tenant"]}");
            return default;
        }).Queue(queue => queue.MaxConcurrency = 1));
        Dictionary<string, string> headers = new() { ["tenant"] = "a" };
        PublishOptions options = new() { CorrelationId = "one", Headers = headers };

        await bus.Bus.PublishAsync(new OrderPlaced("1"), options);
        options.CorrelationId = "two";
        headers["tenant"] = "b";
        await bus.Bus.PublishAsync(new OrderPlaced("2"), options);
        await bus.IdleAsync();

        Assert.Equal(["one a", "two b"], seen);
    }

    private static ScenarioBus StartWithAllTypes(Calls calls) => ScenarioBus.Start(builder =>
    {
        builder.Subscribe<OrderPlaced>("exact", (_, _, _) => calls.Note("exact")).Inline();
        builder.Subscribe<OrderEvent>("base", (_, _, _) => calls.Note("base")).Inline();
        builder.Subscribe<IShopEvent>("interface", (_, _, _) => calls.Note("interface")).Inline();
        builder.Subscribe<object>("object", (_, _, _) => calls.Note("object")).Inline();
    });
}
