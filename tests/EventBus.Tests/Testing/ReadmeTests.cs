using EventBus.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Tests.Testing;

/// <summary>Holds the package's README to the truth: its first example, and the message it shows.</summary>
public sealed class ReadmeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private interface IStock
    {
        void Reserve(string orderId);
    }

    private sealed record OrderPlaced(string Id);

    private sealed record StockReserved(string OrderId);

    private sealed class OutOfStockException(string message) : Exception(message);

    private sealed class EmptyStock : IStock
    {
        public void Reserve(string orderId) => throw new OutOfStockException("nothing left");
    }

    private sealed class ReserveStock(IStock stock, IEventBus bus) : IEventHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(OrderPlaced @event, EventContext context, CancellationToken cancellationToken)
        {
            stock.Reserve(@event.Id);
            return bus.PublishAsync(new StockReserved(@event.Id), cancellationToken);
        }
    }

    [Fact]
    public async Task FirstExample_AsWritten_Holds()
    {
        await using var harness = EventBusHarness.Start(
            bus => bus.Subscribe<OrderPlaced, ReserveStock>("inventory.reserve-stock").Retry(RetryPreset.LambdaAsync),
            services => services.AddScoped<IStock, EmptyStock>());

        await harness.Bus.PublishAsync(new OrderPlaced("A-1"), Cancellation);
        await harness.WhenIdleAsync(cancellationToken: Cancellation);

        harness.ShouldHaveRetried<OrderPlaced>("inventory.reserve-stock", times: 2);
        harness.ShouldHaveDeadLettered<OrderPlaced>("inventory.reserve-stock", DeadLetterReason.RetriesExhausted);
        harness.ShouldNotHavePublished<StockReserved>(reserved => reserved.OrderId == "A-1");
        harness.ShouldBeConserved();
        EventBusAssertionException exception = Assert.Throws<EventBusAssertionException>(
            () => harness.ShouldHaveHandled<OrderPlaced>("inventory.reserve-stock"));
        string readme = File.ReadAllText(Path.Combine(RepositoryRoot(), "src", "EventBus.Testing", "README.md"));
        Assert.All(exception.Message.Split('\n'), line => Assert.Contains(line.Trim(), readme, StringComparison.Ordinal));
    }

    private static string RepositoryRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "EventBus.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("No EventBus.sln above the test assembly.");
    }
}
