using EventBus.DeadLettering;
using EventBus.Delivering;
using EventBus.Subscriptions;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Tests;

#pragma warning disable CA1812, CS9113 // Handlers are made by dependency injection, and only their constructors matter.
public sealed class BugsTests
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

    private sealed class Outer<T>
    {
        public T? Value { get; init; }

        public sealed class Reserve;

        public sealed class Bill;
    }

    private sealed class FlakySink : IDeadLetterSink
    {
        public bool Fails { get; set; } = true;

        public ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken) =>
            Fails ? throw new IOException("The disk is full.") : default;
    }

    private sealed class FlakyStore : IDeadLetterStore
    {
        private readonly InMemoryDeadLetterStore _inner = new(100, () => { });

        public bool Fails { get; set; } = true;

        public int Count => _inner.Count;

        public ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken) =>
            Fails ? throw new IOException("The disk is full.") : _inner.WriteAsync(letter, cancellationToken);

        public IAsyncEnumerable<DeadLetter> QueryAsync(DeadLetterQuery query, CancellationToken cancellationToken) =>
            _inner.QueryAsync(query, cancellationToken);

        public ValueTask<DeadLetter?> FindAsync(Guid id, CancellationToken cancellationToken) => _inner.FindAsync(id, cancellationToken);

        public ValueTask<DeadLetter?> TryRemoveAsync(Guid id, CancellationToken cancellationToken) =>
            _inner.TryRemoveAsync(id, cancellationToken);
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

    [Fact]
    public void SubscriptionName_ClassesNestedInAGenericClass_HaveTwoNames()
    {
        Assert.NotEqual(SubscriptionName.Of(typeof(Outer<int>.Reserve)), SubscriptionName.Of(typeof(Outer<int>.Bill)));
        Assert.Contains("Reserve", SubscriptionName.Of(typeof(Outer<int>.Reserve)), StringComparison.Ordinal);
    }

    [Fact]
    public void SubscriptionValidator_NamesThatDifferInCaseAlone_AreRefused()
    {
        // The configuration does not tell them apart: one section would set both.
        SubscriptionDefinition<object> Make(string name) => new(name, _ => (_, _, _) => default);

        Assert.Single(SubscriptionValidator.Check([Make("stock"), Make("Stock")]));
    }

    [Fact]
    public void SubscriptionValidator_UndefinedInlineFailure_IsRefused()
    {
        SubscriptionDefinition<object> definition = new("s", _ => (_, _, _) => default);
        new SubscriptionBuilder<object>(definition).Inline((InlineFailure)9);

        Assert.Single(SubscriptionValidator.Check(definition));
    }

    [Fact]
    public void BusConfiguration_MaxAgeAndPreset_TheMaxAgeStartsFromThePreset()
    {
        SubscriptionDefinition<object> definition = new("s", _ => (_, _, _) => default);
        BusConfiguration configuration = new(TestStand.Configuration(
            ("EventBus:Subscriptions:s:MaxAge", "01:00:00"), ("EventBus:Subscriptions:s:Retry:Preset", "LambdaAsync")));

        Assert.Empty(configuration.Apply(definition));

        Assert.Equal(TimeSpan.FromHours(1), definition.MaxAge);
    }

    [Fact]
    public void Preset_ReplacedByOneWithoutAnAge_TakesItsAgeAlong()
    {
        SubscriptionDefinition<object> definition = new("s", _ => (_, _, _) => default);
        new SubscriptionBuilder<object>(definition).Retry(RetryPreset.LambdaAsync);
        BusConfiguration configuration = new(TestStand.Configuration(("EventBus:Subscriptions:s:Retry:Preset", "StepFunctions")));

        Assert.Empty(configuration.Apply(definition));

        Assert.Null(definition.MaxAge);
    }

    [Theory]
    [InlineData("Retry", "3")]
    [InlineData("Queue", "100")]
    [InlineData("", "true")]
    [InlineData("Queue:FullMode", "Wait,Reject")]
    public void BusConfiguration_ValueWhereItMeansNothing_IsAProblem(string key, string value)
    {
        SubscriptionDefinition<object> definition = new("s", _ => (_, _, _) => default);
        BusConfiguration configuration = new(TestStand.Configuration(($"EventBus:Subscriptions:s:{key}".TrimEnd(':'), value)));

        Assert.Single(configuration.Apply(definition));
    }

    [Fact]
    public async Task BusConfiguration_SectionOfASubscriptionMadeAtRunTime_IsWarnedOfAsUnusedSoFar()
    {
        await using var stand = TestStand.Build(_ => { }, logs: true, settings: ("EventBus:Subscriptions:live:Timeout", "00:00:01"));

        await using IEventSubscription subscription = stand.Bus.Subscribe<OrderPlaced>("live", (_, _, _) => default);

        Assert.Contains("so far", Assert.Single(stand.LogsOf(4004)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoSubscriber_OneTypePublishedUnderTwoStaticTypes_IsSaidOnce()
    {
        await using var stand = TestStand.Build(_ => { }, logs: true);

        await stand.PublishAsync(new OrderPlaced());
        await stand.PublishAsync<object>(new OrderPlaced());

        Assert.Single(stand.LogsOf(1001));
    }

    [Fact]
    public async Task Query_OverStoreAndMemory_ListsTheOldestFirst()
    {
        await using TestStand stand = Failing(bus => bus.UseDeadLetterStore<FlakyStore>());
        await FailAsync(stand, "first");
        stand.Services.GetRequiredService<FlakyStore>().Fails = false;
        await FailAsync(stand, "second");

        Assert.Equal(["first", "second"], (await stand.LettersAsync()).Select(letter => letter.Event));
        Assert.Equal(["first"], (await stand.LettersAsync(new DeadLetterQuery { Limit = 1 })).Select(letter => letter.Event));
    }

    [Fact]
    public async Task Redrive_RefusedLetterThatMemoryKeptForASink_StaysWhereItCanBeFound()
    {
        await using TestStand stand = Failing(bus => bus.UseDeadLetterSink<FlakySink>());
        await using (stand.Bus.Subscribe<int>("gone", (_, _, _) => throw new InvalidOperationException(), builder => builder.Inline()))
        {
            await stand.PublishAsync(1);
        }

        DeadLetter letter = await stand.LetterAsync();
        stand.Services.GetRequiredService<FlakySink>().Fails = false;

        await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await stand.DeadLetters.RedriveAsync(letter.Id, TestStand.Cancellation));

        Assert.Same(letter, await stand.DeadLetters.FindAsync(letter.Id, TestStand.Cancellation));
    }

    [Fact]
    public async Task Dispose_DrainTimeoutOfTheLongestTime_Drains()
    {
        await using ServiceProvider provider = TestStand.Collection(bus => bus
            .Configure(options => options.DrainTimeout = TimeSpan.MaxValue)
            .Subscribe<OrderPlaced>("s", (_, _, _) => default)).BuildServiceProvider();
        await provider.GetRequiredService<IEventBus>().PublishAsync(new OrderPlaced(), TestStand.Cancellation);

        Assert.Null(await Record.ExceptionAsync(async () => await provider.DisposeAsync()));
    }

    [Fact]
    public async Task Timeout_AbandonAfterOfTheLongestTime_StillFiresTheToken()
    {
        await using var stand = TestStand.Build(bus => bus
            .Configure(options => options.AbandonAfter = TimeSpan.MaxValue)
            .Subscribe<OrderPlaced>("s", async (_, _, token) => await Task.Delay(Timeout.Infinite, token))
            .Inline().Timeout(TimeSpan.FromSeconds(1)));
        ValueTask publishing = stand.PublishAsync(new OrderPlaced());

        Assert.Null(Record.Exception(() => stand.Clock.Advance(TimeSpan.FromSeconds(1))));

        await publishing;
        Assert.Equal(DeadLetterReason.TimedOut, (await stand.LetterAsync()).Reason);
    }

    [Fact]
    public async Task ActiveWork_WorkAddedBeforeWaiting_IsWaitedFor()
    {
        ActiveWork work = new();
        using CancellationTokenSource done = new();
        var load = Task.Run(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    work.Add();
                    work.Remove();
                }
            },
            TestStand.Cancellation);
        int early = 0;

        for (int i = 0; i < 2_000_000 && early == 0; i++)
        {
            work.Add();
            Task none = work.WhenNoneAsync();
            Thread.SpinWait(20);
            early += none.IsCompleted ? 1 : 0;
            work.Remove();
        }

        await done.CancelAsync();
        await load;
        Assert.Equal(0, early);
    }

    private static TestStand Failing(Action<EventBusBuilder> configure) => TestStand.Build(bus =>
    {
        bus.Subscribe<string>("s", (_, _, _) => throw new InvalidOperationException()).Inline();
        configure(bus);
    });

    private static async Task FailAsync(TestStand stand, string @event)
    {
        await stand.PublishAsync(@event);
        stand.Clock.Advance(TimeSpan.FromSeconds(1));
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
