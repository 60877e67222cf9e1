using EventBus.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace EventBus;

/// <summary>Adds the event bus to an application.</summary>
public static class EventBusServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="IEventBus"/>, <see cref="IEventPublisher{TEvent}"/>, <see cref="IDeadLetters"/> and
    /// <see cref="IEventBusMonitor"/> as singletons, and a hosted service that checks the bus at start and drains it at the end.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Says who subscribes to what. Null adds the bus alone.</param>
    /// <returns><paramref name="services"/>.</returns>
    /// <remarks>
    /// Additive: each module calls it for itself, in any order. The bus takes its clock from a registered
    /// <see cref="TimeProvider"/>, else the system's. Without a host, the bus is built and checked when it is first resolved, and
    /// disposing the provider drains it for at most <see cref="EventBusOptions.DrainTimeout"/>.
    /// <see cref="OptionsValidationException"/> tells everything that is wrong, at start.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    public static IServiceCollection AddEventBus(this IServiceCollection services, Action<EventBusBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        BusRegistrations registrations = FindOrAdd(services);
        configure?.Invoke(new EventBusBuilder(services, registrations));
        return services;
    }

    private static BusRegistrations FindOrAdd(IServiceCollection services)
    {
        if (services.FirstOrDefault(static each => each.ServiceType == typeof(BusRegistrations))?.ImplementationInstance
            is BusRegistrations existing)
        {
            return existing;
        }

        BusRegistrations registrations = new(services);
        services.AddSingleton(registrations);
        services.AddOptions();
        services.TryAddSingleton(static provider =>
            BusFactory.Create(provider, provider.GetRequiredService<BusRegistrations>()));
        services.TryAddSingleton<IEventBus>(static provider => provider.GetRequiredService<InProcessEventBus>());
        services.TryAddSingleton(static provider => provider.GetRequiredService<InProcessEventBus>().DeadLetters);
        services.TryAddSingleton(static provider => provider.GetRequiredService<InProcessEventBus>().Monitor);
        services.TryAddSingleton(static provider => provider.GetRequiredService<InProcessEventBus>().Control);
        services.TryAddSingleton(typeof(IEventPublisher<>), typeof(EventPublisher<>));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, EventBusHostedService>());
        return registrations;
    }
}
