using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using EventBus.DeadLettering;
using EventBus.Delivering;
using EventBus.Delivering.Batches;
using EventBus.Diagnostics;
using EventBus.Publishing;
using EventBus.Scheduling;
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

    /// <summary>Publishes an event at every time of a cron expression, from the start of the application to the stop of the bus.</summary>
    /// <typeparam name="TEvent">The event's type, or a base of it.</typeparam>
    /// <param name="name">
    /// The schedule's name, by which statistics, logs and configuration find it: 1 to 200 letters, digits and <c>. - _ + &lt; &gt; ,</c>.
    /// No two schedules may have the same.
    /// </param>
    /// <param name="cron">
    /// The expression: minute, hour, day of the month, month, day of the week, as in <c>0 3 * * *</c>; with six fields, the second comes
    /// first. The configuration's <c>EventBus:Schedules:{name}:Cron</c> has the last word.
    /// </param>
    /// <param name="timeZone">
    /// The zone whose clocks are meant. Where they skip a time, a daily event comes at the end of the gap; where they show it twice, once.
    /// </param>
    /// <param name="factory">Makes the event, on the thread pool. What it throws is logged (4007), and the schedule goes on.</param>
    /// <returns>This builder.</returns>
    /// <remarks>
    /// Under a host the schedule begins when all hosted services have started; without one, when the bus is first built. It ends before the
    /// bus takes no more events. The event's <see cref="EventMetadata.OccurredAt"/> is the time it was planned for. Of several times that
    /// have passed at once (a machine that slept), only the latest is published; one that comes while the event before it still waits for
    /// room is skipped. Both are counted (<see cref="Diagnostics.ScheduleStatistics"/>) and logged.
    /// </remarks>
    /// <exception cref="ArgumentNullException">An argument is null. Everything else is checked at start.</exception>
    public EventBusBuilder Schedule<TEvent>(string name, string cron, TimeZoneInfo timeZone, Func<TEvent> factory)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(factory);
        return Schedule(name, cron, timeZone, _ => factory());
    }

    /// <inheritdoc cref="Schedule{TEvent}(string, string, TimeZoneInfo, Func{TEvent})"/>
    /// <param name="name">As in the overload whose factory takes nothing.</param>
    /// <param name="cron">As there.</param>
    /// <param name="timeZone">As there.</param>
    /// <param name="factory">As there. Gets the time the event was planned for, with the zone's offset.</param>
    public EventBusBuilder Schedule<TEvent>(string name, string cron, TimeZoneInfo timeZone, Func<DateTimeOffset, TEvent> factory)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(cron);
        ArgumentNullException.ThrowIfNull(timeZone);
        ArgumentNullException.ThrowIfNull(factory);
        _registrations.Schedules.Add(new ScheduleDefinition(name, Prepare(factory)) { Cron = cron, Zone = timeZone });
        return this;
    }

    /// <summary>Publishes an event again and again at one distance in time, from the start of the application to the stop of the bus.</summary>
    /// <typeparam name="TEvent">The event's type, or a base of it.</typeparam>
    /// <param name="name">The schedule's name, as in the overload for cron expressions.</param>
    /// <param name="every">
    /// The distance, by elapsed time: no clock change moves it. One millisecond to 3,650 days; the first event comes one distance after the
    /// start. The configuration's <c>EventBus:Schedules:{name}:Every</c> has the last word.
    /// </param>
    /// <param name="factory">As in the overload for cron expressions.</param>
    /// <returns>This builder.</returns>
    /// <remarks>As in the overload for cron expressions. The distance is kept from planned time to planned time.</remarks>
    /// <exception cref="ArgumentNullException">An argument is null. Everything else is checked at start.</exception>
    public EventBusBuilder Schedule<TEvent>(string name, TimeSpan every, Func<TEvent> factory)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(factory);
        return Schedule(name, every, _ => factory());
    }

    /// <inheritdoc cref="Schedule{TEvent}(string, TimeSpan, Func{TEvent})"/>
    /// <param name="name">As in the overload whose factory takes nothing.</param>
    /// <param name="every">As there.</param>
    /// <param name="factory">As there. Gets the time the event was planned for, UTC.</param>
    public EventBusBuilder Schedule<TEvent>(string name, TimeSpan every, Func<DateTimeOffset, TEvent> factory)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(factory);
        _registrations.Schedules.Add(new ScheduleDefinition(name, Prepare(factory)) { Every = every });
        return this;
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

    private static Func<DateTimeOffset, Func<IEventBus, ValueTask>> Prepare<TEvent>(Func<DateTimeOffset, TEvent> factory)
        where TEvent : notnull => time =>
        {
            TEvent @event = factory(time);
            return bus => bus.PublishAsync(@event, new PublishOptions { OccurredAt = time });
        };

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
