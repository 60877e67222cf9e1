using EventBus.Benchmarks.Handling;
using Mediator;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Benchmarks.Peers;

internal sealed class MediatorPeer : IDisposable
{
    private readonly ServiceProvider _services;

    public MediatorPeer(IEnumerable<Handler> handlers)
    {
        ServiceCollection services = new();
        services.AddMediator(static options => options.Assemblies = [typeof(Measured)]);
        foreach (Handler handler in handlers)
        {
            services.AddSingleton((INotificationHandler<Measured>)handler);
        }
        _services = services.BuildServiceProvider();
    }

    public Mediator.Mediator Concrete => _services.GetRequiredService<Mediator.Mediator>();

    public IPublisher Publisher => _services.GetRequiredService<IPublisher>();

    public void Dispose() => _services.Dispose();
}
