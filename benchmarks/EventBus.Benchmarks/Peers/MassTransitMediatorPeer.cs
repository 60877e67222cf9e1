using EventBus.Benchmarks.Handling;
using MassTransit;
using MassTransit.Mediator;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Benchmarks.Peers;

/// <summary>MassTransit's mediator: its pipeline without a transport.</summary>
internal sealed class MassTransitMediatorPeer : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public MassTransitMediatorPeer(IEnumerable<Type> consumers, Action<IServiceCollection> addServices)
    {
        ServiceCollection services = new();
        addServices(services);
        DependencyInjectionRegistrationExtensions.AddMediator(services, mediator =>
        {
            foreach (Type consumer in consumers)
            {
                mediator.AddConsumer(consumer);
            }
        });
        _services = services.BuildServiceProvider();
    }

    public MassTransitMediatorPeer(IEnumerable<Handler> handlers)
        : this(handlers.Select(static handler => handler.As(typeof(MassTransitConsumer<,>))), static _ => { })
    {
    }

    public PublishDoor Publish => new(_services.GetRequiredService<IMediator>());

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    public readonly struct PublishDoor(IMediator mediator) : IDoor
    {
        public ValueTask PublishAsync(Measured @event) => new(mediator.Publish(@event));

        public ValueTask PublishObjectAsync(object @event) => new(mediator.Publish(@event));
    }
}
