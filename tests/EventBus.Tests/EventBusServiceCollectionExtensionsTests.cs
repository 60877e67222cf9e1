using EventBus.Diagnostics;
using EventBus.Publishing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EventBus.Tests;

public sealed class EventBusServiceCollectionExtensionsTests
{
    private sealed record OrderPlaced;

    private interface IMissing;

    private sealed class NeedsMissing(IMissing missing) : IEventHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(OrderPlaced @event, EventContext context, CancellationToken cancellationToken)
        {
            _ = missing;
            return default;
        }
    }

    [Fact]
    public async Task StartAsync_SeveralMistakes_ThrowsOneExceptionThatNamesAll()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection([new("EventBus:MaxHop", "1"), new("EventBus:Subscriptions:twice:Timeout", "30")]);
        builder.Services.AddEventBus(AddMistakes);
        using IHost host = builder.Build();

        OptionsValidationException exception =
            await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestStand.Cancellation));

        AssertNamesAll(exception);
        Assert.Contains(exception.Failures, failure => failure.Contains("EventBus:MaxHop'", StringComparison.Ordinal));
        Assert.Contains(exception.Failures, failure => failure.Contains("to '30', which cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task GetRequiredService_BusWithSeveralMistakes_ThrowsOneExceptionThatNamesAll()
    {
        ServiceCollection services = new();
        services.AddEventBus(AddMistakes);
        await using ServiceProvider provider = services.BuildServiceProvider();

        OptionsValidationException exception = Assert.Throws<OptionsValidationException>(provider.GetRequiredService<IEventBus>);

        AssertNamesAll(exception);
        Assert.All(exception.Failures, failure => Assert.Contains(failure, exception.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(typeof(IEventBusMonitor))]
    [InlineData(typeof(IDeadLetters))]
    [InlineData(typeof(IEventPublisher<OrderPlaced>))]
    public async Task GetRequiredService_AnyDoorToAWrongBus_Throws(Type door)
    {
        ServiceCollection services = new();
        services.AddEventBus(AddMistakes);
        await using ServiceProvider provider = services.BuildServiceProvider();

        Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService(door));
    }

    [Fact]
    public async Task StartAsync_ValidBus_Publishes()
    {
        TaskCompletionSource<OrderPlaced> handled = new();
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddEventBus(bus => bus.Subscribe<OrderPlaced>("stock", (order, _, _) =>
        {
            handled.SetResult(order);
            return default;
        }));
        using IHost host = builder.Build();
        await host.StartAsync(TestStand.Cancellation);
        OrderPlaced order = new();

        await host.Services.GetRequiredService<IEventBus>().PublishAsync(order, TestStand.Cancellation);

        Assert.Same(order, await handled.Task.WaitAsync(TimeSpan.FromSeconds(20), TestStand.Cancellation));
        await host.StopAsync(TestStand.Cancellation);
        Assert.Equal(EventBusHealthStatus.Unhealthy, host.Services.GetRequiredService<IEventBusMonitor>().CheckHealth().Status);
    }

    [Fact]
    public async Task AddEventBus_CalledByEachModule_MakesOneBusOfAll()
    {
        ServiceCollection services = new();
        services.AddEventBus(bus => bus.Subscribe<OrderPlaced>("a", (_, _, _) => default));
        services.AddEventBus(bus => bus.Subscribe<OrderPlaced>("b", (_, _, _) => default));
        services.AddEventBus();
        await using ServiceProvider provider = services.BuildServiceProvider();

        IReadOnlyList<SubscriptionStatistics> subscriptions = provider.GetRequiredService<IEventBusMonitor>().GetStatistics().Subscriptions;

        Assert.Equal(["a", "b"], subscriptions.Select(each => each.Name));
        Assert.Single(services, each => each.ServiceType == typeof(IHostedService));
        Assert.Same(provider.GetRequiredService<IEventBus>(), provider.GetRequiredService<InProcessEventBus>());
    }

    [Fact]
    public async Task AddEventBus_OneHandlerForTwoEventsWithoutNames_IsADuplicateName()
    {
        ServiceCollection services = new();
        services.AddSingleton<IMissing>(_ => throw new NotSupportedException());
        services.AddEventBus(bus =>
        {
            bus.Subscribe<OrderPlaced, NeedsMissing>();
            bus.Subscribe<OrderPlaced, NeedsMissing>();
        });
        await using ServiceProvider provider = services.BuildServiceProvider();

        OptionsValidationException exception = Assert.Throws<OptionsValidationException>(provider.GetRequiredService<IEventBus>);

        Assert.Contains("Two subscriptions are named", Assert.Single(exception.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void AddEventBus_NullServices_Throws() =>
        Assert.Throws<ArgumentNullException>(() => EventBusServiceCollectionExtensions.AddEventBus(null!));

    [Fact]
    public async Task AddEventBus_ChosenPublisherOfAnEventNobodySubscribesTo_Publishes()
    {
        await using var stand = TestStand.Build(_ => { });

        await stand.Services.GetRequiredService<IEventPublisher<OrderPlaced>>().PublishAsync(new OrderPlaced(), TestStand.Cancellation);

        Assert.Equal(1, stand.Monitor.GetStatistics().Unmatched);
    }

    private static void AddMistakes(EventBusBuilder bus)
    {
        bus.Configure(options => options.DeadLetterCapacity = 0);
        bus.NameEvent<OrderPlaced>("same");
        bus.NameEvent<string>("same");
        bus.Subscribe<OrderPlaced>("twice", (_, _, _) => default).Timeout(TimeSpan.Zero);
        bus.Subscribe<OrderPlaced>("twice", (_, _, _) => default);
        bus.Subscribe<OrderPlaced>("in valid", (_, _, _) => default).Inline().Queue(_ => { });
        bus.Subscribe<OrderPlaced, NeedsMissing>("missing");
    }

    private static void AssertNamesAll(OptionsValidationException exception)
    {
        string[] expected =
        [
            "DeadLetterCapacity is 0",
            "Two event types are named 'same'",
            "Two subscriptions are named 'twice'",
            "'twice' has a timeout of",
            "'in valid' cannot name a subscription",
            "'in valid' is inline and has queue options",
            "IMissing, which is not registered",
        ];
        Assert.All(expected, text => Assert.Contains(exception.Failures, failure => failure.Contains(text, StringComparison.Ordinal)));
    }
}
