using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using EventBus.DeadLettering;
using EventBus.Delivering;
using EventBus.Delivering.Batches;
using EventBus.Diagnostics;
using EventBus.Publishing;
using EventBus.Subscriptions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace EventBus;

/// <summary>Says, module by module, who subscribes to what. Handed out by <see cref="EventBusServiceCollectionExtensions.AddEventBus"/>.</summary>
/// <remarks>Not thread-safe. Nothing is checked before the bus is built: then everything is, and all problems are told together.</remarks>
public sealed class EventBusBuilder
{
    private readonly BusRegistrations _registrations;

    internal EventBusBuilder(IServiceCollection services, BusRegistrations registrations)
    {
        Services = services;
        _registrations = registrations;
    }

    /// <summary>The application's services, for what a module needs besides.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Subscribes a handler class, which is registered as a scoped service unless it is registered already.</summary>
    /// <typeparam name="TEvent">The event's type, or a base class or interface of several.</typeparam>
    /// <typeparam name="THandler">The handler. May be internal. Each attempt gets an instance from a scope of its own.</typeparam>
    /// <param name="name">
    /// The subscription's name, which dead letters, metrics and configuration keep: 1 to 200 letters, digits and <c>. - _ + &lt; &gt; ,</c>.
    /// Null: the handler's full type name.
    /// </param>
    /// <returns>The subscription's options, to go on with.</returns>
    public SubscriptionBuilder<TEvent> Subscribe<
        TEvent,
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(string? name = null)
        where TEvent : notnull
        where THandler : class, IEventHandler<TEvent>
    {
        Services.TryAddScoped<THandler>();
        return Add(new SubscriptionDefinition<TEvent>(
            name ?? SubscriptionName.Of(typeof(THandler)),
            static scopes => new ScopedHandler<TEvent, THandler>(scopes).HandleAsync)
        {
            HandlerType = typeof(THandler),
        });
    }

    /// <summary>Subscribes a lambda.</summary>
    /// <typeparam name="TEvent">The event's type, or a base class or interface of several.</typeparam>
    /// <param name="name">The subscription's name, as in the overload for classes.</param>
    /// <param name="handler">Called for each attempt, from several threads at once unless the queue's concurrency is 1.</param>
    /// <returns>The subscription's options, to go on with.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> or <paramref name="handler"/> is null.</exception>
    public SubscriptionBuilder<TEvent> Subscribe<TEvent>(
        string name, Func<TEvent, EventContext, CancellationToken, ValueTask> handler)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(handler);
        return Add(new SubscriptionDefinition<TEvent>(name, _ => handler));
    }

    /// <summary>Subscribes a batch handler class, which is registered as a scoped service unless it is registered already.</summary>
    /// <typeparam name="TEvent">The event's type, or a base class or interface of several.</typeparam>
    /// <typeparam name="THandler">The handler. May be internal. Each call gets an instance from a scope of its own.</typeparam>
    /// <param name="name">The subscription's name, as for <see cref="Subscribe{TEvent, THandler}"/>. Null: the handler's full type name.</param>
    /// <returns>The subscription's options, to go on with: <see cref="SubscriptionBuilder{TEvent}.Batch"/> sets size and window.</returns>
    public SubscriptionBuilder<TEvent> SubscribeBatch<
        TEvent,
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(string? name = null)
        where TEvent : notnull
        where THandler : class, IBatchEventHandler<TEvent>
    {
        Services.TryAddScoped<THandler>();
        return Add(Batch<TEvent>(
            name ?? SubscriptionName.Of(typeof(THandler)),
            static scopes => new ScopedBatchHandler<TEvent, THandler>(scopes).HandleAsync,
            typeof(THandler)));
    }

    /// <summary>Subscribes a lambda that handles several events in one call.</summary>
    /// <typeparam name="TEvent">The event's type, or a base class or interface of several.</typeparam>
    /// <param name="name">The subscription's name, as for <see cref="Subscribe{TEvent, THandler}"/>.</param>
    /// <param name="handler">As <see cref="IBatchEventHandler{TEvent}.HandleAsync"/>. Called from several threads at once unless the queue's concurrency is 1.</param>
    /// <returns>The subscription's options, to go on with: <see cref="SubscriptionBuilder{TEvent}.Batch"/> sets size and window.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> or <paramref name="handler"/> is null.</exception>
    public SubscriptionBuilder<TEvent> SubscribeBatch<TEvent>(
        string name, Func<IReadOnlyList<TEvent>, BatchContext, CancellationToken, ValueTask> handler)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(handler);
        return Add(Batch<TEvent>(name, _ => handler, handlerType: null));
    }

    /// <summary>Sets options of the whole bus. The configuration section <c>EventBus</c> has the last word.</summary>
    /// <param name="configure">Changes the options. Called once, when the bus is built.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="configure"/> is null.</exception>
    public EventBusBuilder Configure(Action<EventBusOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Services.Configure(configure);
        return this;
    }

    /// <summary>Gives an event type a name that stays when the class moves: in metadata, dead letters, spans and metrics.</summary>
    /// <typeparam name="TEvent">The event's own type, not a base.</typeparam>
    /// <param name="name">The name, such as <c>orders.placed</c>. No two types may be given the same.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is null, empty or blank.</exception>
    public EventBusBuilder NameEvent<TEvent>(string name)
        where TEvent : notnull
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        _registrations.EventNames.Add(new EventName(typeof(TEvent), name));
        return this;
    }

    /// <summary>Sends dead letters to a sink of the application's own. What the sink refuses stays in memory.</summary>
    /// <typeparam name="TSink">The sink, registered as a singleton.</typeparam>
    /// <returns>This builder.</returns>
    /// <remarks>The last sink or store that is named counts.</remarks>
    public EventBusBuilder UseDeadLetterSink<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TSink>()
        where TSink : class, IDeadLetterSink
    {
        Services.TryAddSingleton<TSink>();
        Services.AddSingleton<IDeadLetterSink>(static services => services.GetRequiredService<TSink>());
        return this;
    }

    /// <summary>Keeps dead letters in a store of the application's own, which <see cref="IDeadLetters"/> then reads.</summary>
    /// <typeparam name="TStore">The store, registered as a singleton.</typeparam>
    /// <returns>This builder.</returns>
    /// <remarks>The last sink or store that is named counts.</remarks>
    public EventBusBuilder UseDeadLetterStore<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TStore>()
        where TStore : class, IDeadLetterStore => UseDeadLetterSink<TStore>();

    /// <summary>Adds somebody who is told what happens to each event.</summary>
    /// <typeparam name="TObserver">The observer, registered as a singleton.</typeparam>
    /// <returns>This builder.</returns>
    public EventBusBuilder AddObserver<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TObserver>()
        where TObserver : class, IDeliveryObserver
    {
        Services.TryAddSingleton<TObserver>();
        Services.AddSingleton<IDeliveryObserver>(static services => services.GetRequiredService<TObserver>());
        return this;
    }

    private static SubscriptionDefinition<TEvent> Batch<TEvent>(
        string name,
        Func<IServiceScopeFactory, Func<IReadOnlyList<TEvent>, BatchContext, CancellationToken, ValueTask>> makeHandler,
        Type? handlerType)
        where TEvent : notnull =>
        new(name, static _ => static (_, _, _) => throw new UnreachableException("A batch handler is not called with one event."))
        {
            HandlerType = handlerType,
            MakeBatchHandler = makeHandler,
        };

    private SubscriptionBuilder<TEvent> Add<TEvent>(SubscriptionDefinition<TEvent> definition)
        where TEvent : notnull
    {
        // Named here with its type argument: the open registration cannot make a publisher of a struct ahead of time.
        Services.TryAddSingleton<IEventPublisher<TEvent>>(static services =>
            new EventPublisher<TEvent>(services.GetRequiredService<InProcessEventBus>()));
        _registrations.Definitions.Add(definition);
        return new SubscriptionBuilder<TEvent>(definition);
    }
}
