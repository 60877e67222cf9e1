using Microsoft.Extensions.Hosting;

namespace EventBus.Publishing;

/// <summary>Ties the bus to the host: built and checked at start, announced, closed and drained at the end.</summary>
internal sealed class EventBusHostedService(InProcessEventBus bus) : IHostedLifecycleService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        bus.Lifetime.Start();
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        bus.Lifetime.Announce();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => bus.Lifetime.StopAsync(cancellationToken);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Not earlier: an event of a schedule may need what the other hosted services begin with.
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        bus.StartSchedules();
        return Task.CompletedTask;
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
