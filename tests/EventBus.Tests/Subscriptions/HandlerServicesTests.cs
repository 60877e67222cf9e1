using EventBus.Subscriptions;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Tests.Subscriptions;

#pragma warning disable CA1812, CS9113 // Handlers and services are made by dependency injection, and only their constructors matter.
public sealed class HandlerServicesTests
{
    private interface IMissing;

    private sealed class Plain;

    private sealed class NeedsMissing(IMissing missing);

    private sealed class NeedsNeedsMissing(NeedsMissing deeper);

    private sealed class Egg(Hen hen);

    private sealed class Hen(Egg egg);

    private abstract class Handler : IEventHandler<string>
    {
        public ValueTask HandleAsync(string @event, EventContext context, CancellationToken cancellationToken) => default;
    }

    private sealed class WithNothing : Handler;

    private sealed class WithPlain(Plain plain) : Handler;

    private sealed class WithMissing(IMissing missing) : Handler;

    private sealed class WithDeep(NeedsNeedsMissing deep) : Handler;

    private sealed class WithDefault(IMissing? missing = null) : Handler;

    private sealed class WithKeyed([FromKeyedServices("a")] IMissing missing) : Handler;

    private sealed class WithHen(Hen hen) : Handler;

    private sealed class WithMany(IEnumerable<IMissing> many, IServiceProvider provider, IServiceScopeFactory scopes) : Handler;

    private sealed class WithTwoConstructors : Handler
    {
        public WithTwoConstructors(IMissing missing) => _ = missing;

        public WithTwoConstructors(Plain plain) => _ = plain;
    }

    private sealed class WithTwoWrongConstructors : Handler
    {
        public WithTwoWrongConstructors(IMissing missing) => _ = missing;

        public WithTwoWrongConstructors(NeedsMissing missing) => _ = missing;
    }

    [Fact]
    public void Check_HandlerWithoutDependencies_CanBeBuilt() => Assert.Null(Check<WithNothing>());

    [Fact]
    public void Check_InternalOrPrivateHandlerWithRegisteredDependency_CanBeBuilt() =>
        Assert.Null(Check<WithPlain>(services => services.AddSingleton<Plain>()));

    [Fact]
    public void Check_MissingDependency_IsNamedWithTheLineToWrite()
    {
        string? problem = Check<WithMissing>();

        string tests = typeof(HandlerServicesTests).FullName!;
        Assert.StartsWith(
            $"The handler {tests}.WithMissing of 'stock' cannot be built. The constructor of {tests}.WithMissing asks for {tests}.IMissing, " +
            "which is not registered. Write services.AddScoped<IMissing, …>()",
            problem,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Check_MissingDependencyOfADependency_IsNamedWithItsOwner()
    {
        string? problem = Check<WithDeep>(services => services.AddScoped<NeedsNeedsMissing>().AddScoped<NeedsMissing>());

        Assert.Contains(".NeedsMissing asks for ", problem, StringComparison.Ordinal);
        Assert.Contains(".IMissing, which is not registered", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_OneOfSeveralConstructorsFits_CanBeBuilt() =>
        Assert.Null(Check<WithTwoConstructors>(services => services.AddSingleton<Plain>()));

    [Fact]
    public void Check_NoneOfSeveralConstructorsFits_IsAProblem() =>
        Assert.NotNull(Check<WithTwoWrongConstructors>(services => services.AddSingleton<NeedsMissing>()));

    [Fact]
    public void Check_ParameterWithDefault_MayBeMissing() => Assert.Null(Check<WithDefault>());

    [Fact]
    public void Check_KeyedParameter_IsTakenOnTrust() => Assert.Null(Check<WithKeyed>());

    [Fact]
    public void Check_KeyedRegistration_DoesNotServeAnUnkeyedParameter() =>
        Assert.NotNull(Check<WithPlain>(services => services.AddKeyedSingleton<Plain>("a")));

    [Fact]
    public void Check_BuiltInServicesAndCollections_CanBeBuilt() => Assert.Null(Check<WithMany>());

    [Fact]
    public void Check_DependenciesInACircle_EndsTheSearch() =>
        Assert.Null(Check<WithHen>(services => services.AddScoped<Hen>().AddScoped<Egg>()));

    [Fact]
    public void Check_FactoryOfADependency_IsTakenOnTrustAndNotCalled()
    {
        bool called = false;

        string? problem = Check<WithMissing>(services => services.AddScoped<IMissing>(_ =>
        {
            called = true;
            throw new InvalidOperationException();
        }));

        Assert.Null(problem);
        Assert.False(called);
    }

    [Fact]
    public void Check_HandlerRegisteredAsFactory_IsTakenOnTrust() =>
        Assert.Null(Check<WithMissing>(services => services.AddScoped(_ => new WithMissing(null!))));

    [Fact]
    public void Check_LastRegistration_Counts()
    {
        void Register(IServiceCollection services) => services
            .AddScoped<NeedsNeedsMissing>(_ => new NeedsNeedsMissing(null!))
            .AddScoped<NeedsNeedsMissing>();

        Assert.NotNull(Check<WithDeep>(Register));
    }

    [Fact]
    public void Check_Lambda_NeedsNothing()
    {
        SubscriptionDefinition<string> definition = new("stock", _ => (_, _, _) => default);

        Assert.Null(new HandlerServices(new ServiceCollection(), null).Check(definition));
    }

    [Fact]
    public void Check_ContainerThatCannotTell_IsTakenOnTrust()
    {
        ServiceCollection services = new();
        services.AddScoped<WithMissing>();

        Assert.Null(new HandlerServices(services, null).Check(Definition<WithMissing>()));
    }

    private static string? Check<THandler>(Action<IServiceCollection>? register = null)
        where THandler : Handler
    {
        ServiceCollection services = new();
        register?.Invoke(services);
        if (services.All(each => each.ServiceType != typeof(THandler)))
        {
            services.AddScoped<THandler>();
        }

        using ServiceProvider provider = services.BuildServiceProvider();
        return new HandlerServices(services, provider.GetRequiredService<IServiceProviderIsService>()).Check(Definition<THandler>());
    }

    private static SubscriptionDefinition<string> Definition<THandler>() =>
        new("stock", _ => (_, _, _) => default) { HandlerType = typeof(THandler) };
}
