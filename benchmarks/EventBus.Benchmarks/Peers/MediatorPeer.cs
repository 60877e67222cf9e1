using EventBus.Benchmarks.Handling;
using Mediator;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Benchmarks.Peers;

/// <summary>Mediator with singleton handlers, its quickest form.</summary>
internal sealed class MediatorPeer : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public MediatorPeer(IEnumerable<Handler> handlers)
    {
        ServiceCollection services = new();

        // Only the event's assembly is searched for handlers, and has none: what the generator registers is fixed at compile time,
        // and for a generic class it registers what does not compile.
        services.AddMediator(static options => options.Assemblies = [typeof(Measured)]);
        foreach (Handler handler in handlers)
        {
            services.AddSingleton((INotificationHandler<Measured>)handler);
        }

        _services = services.BuildServiceProvider();
    }

    /// <summary>The generated class, which has a method for each event type.</summary>
    public ClassDoor Class => new(_services.GetRequiredService<Mediator.Mediator>());

    /// <summary>What most programs inject.</summary>
    public PublisherDoor Publisher => new(_services.GetRequiredService<IPublisher>());

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    public readonly struct ClassDoor(Mediator.Mediator mediator) : IDoor
    {
        public ValueTask PublishAsync(Measured @event) => mediator.Publish(@event);
    }

    public readonly struct PublisherDoor(IPublisher publisher) : IDoor
    {
        public ValueTask PublishAsync(Measured @event) => publisher.Publish(@event);

        public ValueTask PublishObjectAsync(object @event) => publisher.Publish(@event);
    }
}
