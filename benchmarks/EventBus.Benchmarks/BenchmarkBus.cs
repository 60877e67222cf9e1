using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Benchmarks;

/// <summary>A bus for one benchmark, without logging, telemetry or a host.</summary>
internal sealed class BenchmarkBus(Action<EventBusBuilder> configure) : IDisposable
{
    private readonly ServiceProvider _services =
        new ServiceCollection().AddEventBus(configure).BuildServiceProvider();

    public IEventBus Bus => _services.GetRequiredService<IEventBus>();

    public IEventPublisher<Measured> Publisher => _services.GetRequiredService<IEventPublisher<Measured>>();

    public IEventPublisher<TEvent> PublisherOf<TEvent>()
        where TEvent : notnull => _services.GetRequiredService<IEventPublisher<TEvent>>();

    public IEventBusMonitor Monitor => _services.GetRequiredService<IEventBusMonitor>();

    public IServiceScopeFactory Scopes => _services.GetRequiredService<IServiceScopeFactory>();

    /// <summary>Ends the bus.</summary>
    /// <exception cref="InvalidOperationException">A delivery failed or was lost: what was measured was not the work.</exception>
    public void Dispose()
    {
        var total = Monitor.GetStatistics().Total;
        _services.Dispose();
        if (!total.IsConserved || total.DeadLettered > 0 || total.Succeeded == 0)
        {
            throw new InvalidOperationException($"The benchmark's bus did not do its work: {total}.");
        }
    }
}
