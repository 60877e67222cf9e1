using EventBus.Benchmarks.Queueing;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Benchmarks.Peers;

/// <summary>MassTransit's in-memory transport, with its defaults.</summary>
internal sealed class MassTransitQueuePeer : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly IBusControl _bus;

    public MassTransitQueuePeer(Countdown countdown)
    {
        ServiceCollection services = new();
        services.AddLogging();
        services.AddSingleton(countdown);
        services.AddMassTransit(static bus =>
        {
            bus.AddConsumer<CountdownConsumer>();
            bus.UsingInMemory(static (context, transport) => transport.ConfigureEndpoints(context));
        });
        _services = services.BuildServiceProvider();
        _bus = _services.GetRequiredService<IBusControl>();
        _bus.Start();
    }

    public PublishDoor Publish => new(_bus);

    public async ValueTask DisposeAsync()
    {
        await _bus.StopAsync();
        await _services.DisposeAsync();
    }

    public readonly struct PublishDoor(IPublishEndpoint bus) : IDoor
    {
        public ValueTask PublishAsync(Measured @event) => new(bus.Publish(@event));
    }

    private sealed class CountdownConsumer(Countdown countdown) : IConsumer<Measured>
    {
        public Task Consume(ConsumeContext<Measured> context)
        {
            countdown.SignalFromMany(context.Message);
            return Task.CompletedTask;
        }
    }
}
