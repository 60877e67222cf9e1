using EventBus.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;

namespace EventBus.Testing;

/// <summary>Adds the recording to an application's own services.</summary>
public static class EventBusRecorderServiceCollectionExtensions
{
    /// <summary>
    /// Lets <see cref="EventBusHarness.Attach"/> tell what the application's bus did. For tests that start the application's own
    /// host, such as those with a <c>WebApplicationFactory</c>.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="clock">
    /// Replaces the <see cref="TimeProvider"/> of the whole application, so that the test drives the retries. Null leaves the
    /// clock as it is.
    /// </param>
    /// <returns><paramref name="services"/>.</returns>
    /// <remarks>
    /// May be called before or after AddEventBus, and twice: the last clock counts. Call it before the provider is built. While
    /// a fake clock stands, a delivery that waits for its retry holds up the host's shutdown until the host's own timeout: call
    /// <see cref="EventBusHarness.WhenIdleAsync"/> before the host stops.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    public static IServiceCollection AddEventBusRecorder(this IServiceCollection services, FakeTimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (clock is not null)
        {
            services.RemoveAll<TimeProvider>();
            services.AddSingleton<TimeProvider>(clock);
        }

        services.TryAddSingleton(static provider =>
            new EventBusRecorder(provider.GetService<TimeProvider>() ?? TimeProvider.System));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IDeliveryObserver, EventBusRecorder>(
            static provider => provider.GetRequiredService<EventBusRecorder>()));
        return services;
    }
}
