using EventBus.Subscriptions;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Tests.Subscriptions;

#pragma warning disable CA1812, CS9113 // Handlers are made by dependency injection, and only their constructors matter.
public sealed class BrokenHandlersTests
{
    private sealed record OrderPlaced;

    private interface IMissing;

    private sealed class Broken(IMissing missing);

    private sealed class Plain;

    private sealed class WithTwoConstructors : IEventHandler<OrderPlaced>
    {
        public WithTwoConstructors(Broken broken) => _ = broken;

        public WithTwoConstructors(Plain plain, Broken broken) => _ = (plain, broken);

        public ValueTask HandleAsync(OrderPlaced @event, EventContext context, CancellationToken cancellationToken) => default;
    }

    private sealed class WithInternalConstructor : IEventHandler<OrderPlaced>
    {
        internal WithInternalConstructor()
        {
        }

        public ValueTask HandleAsync(OrderPlaced @event, EventContext context, CancellationToken cancellationToken) => default;
    }

    private abstract class Abstract : IEventHandler<OrderPlaced>
    {
        public abstract ValueTask HandleAsync(OrderPlaced @event, EventContext context, CancellationToken cancellationToken);
    }

    private sealed class First(Broken broken) : IEventHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(OrderPlaced @event, EventContext context, CancellationToken cancellationToken) => default;
    }

    private sealed class Second(Broken broken) : IEventHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(OrderPlaced @event, EventContext context, CancellationToken cancellationToken) => default;
    }

    [Fact]
    public void HandlerServices_BothConstructorsNeedSomethingBroken_IsAProblem() =>
        Assert.Single(Missing<WithTwoConstructors>());

    [Fact]
    public void HandlerServices_NoPublicConstructor_IsAProblem() => Assert.Single(Missing<WithInternalConstructor>());

    [Fact]
    public void HandlerServices_AbstractHandler_IsAProblem() => Assert.Single(Missing<Abstract>());

    [Fact]
    public void HandlerServices_TwoHandlersNeedSomethingBroken_AreBothNamed()
    {
        ServiceCollection services = new();
        services.AddScoped<Broken>().AddScoped<First>().AddScoped<Second>();
        using ServiceProvider provider = services.BuildServiceProvider();
        HandlerServices handlers = new(services, provider.GetRequiredService<IServiceProviderIsService>());

        Assert.NotNull(handlers.Check(Definition("first", typeof(First))));
        Assert.NotNull(handlers.Check(Definition("second", typeof(Second))));
    }

    private static SubscriptionDefinition<OrderPlaced> Definition(string name, Type handler) =>
        new(name, _ => (_, _, _) => default) { HandlerType = handler };

    private static List<string> Missing<THandler>()
        where THandler : class
    {
        ServiceCollection services = new();
        services.AddScoped<Broken>().AddScoped<Plain>();
        using ServiceProvider provider = services.BuildServiceProvider();
        services.AddScoped<THandler>();
        string? problem = new HandlerServices(services, provider.GetRequiredService<IServiceProviderIsService>())
            .Check(Definition("s", typeof(THandler)));
        return problem is null ? [] : [problem];
    }
}
