using DotNetCore.CAP;
using DotNetCore.CAP.Persistence;
using DotNetCore.CAP.Transport;
using EventBus.Benchmarks.Queueing;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Benchmarks.Peers.Cap;

/// <summary>CAP with its defaults, on the least storage and transport that it runs on.</summary>
/// <remarks>Its own in-memory storage and queue are packages that cannot be had everywhere. What stands in for them here does less.</remarks>
internal sealed class CapPeer : IAsyncDisposable
{
    private const string Name = "measured";

    private readonly ServiceProvider _services;

    public CapPeer(Countdown countdown)
    {
        ServiceCollection services = new();
        services.AddLogging();
        services.AddSingleton(countdown);
        services.AddSingleton<Subscriber>();
        services.AddCap(static options => options.RegisterExtension(new Memory()));
        _services = services.BuildServiceProvider();
        _services.GetRequiredService<IBootstrapper>().BootstrapAsync().GetAwaiter().GetResult();
    }

    public PublishDoor Publish => new(_services.GetRequiredService<ICapPublisher>());

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    public readonly struct PublishDoor(ICapPublisher publisher) : IDoor
    {
        public ValueTask PublishAsync(Measured @event) => new(publisher.PublishAsync(Name, @event));
    }

    private sealed class Subscriber(Countdown countdown) : ICapSubscribe
    {
        [CapSubscribe(Name)]
        public void Handle(Measured @event) => countdown.SignalFromMany(@event);
    }

    private sealed class Memory : ICapOptionsExtension
    {
        public void AddServices(IServiceCollection services)
        {
            services.AddSingleton(new CapStorageMarkerService("memory"));
            services.AddSingleton(new CapMessageQueueMakerService("memory"));
            services.AddSingleton<CapMemory>();
            services.AddSingleton<IDataStorage>(static provider => provider.GetRequiredService<CapMemory>());
            services.AddSingleton<IStorageInitializer>(static provider => provider.GetRequiredService<CapMemory>());
            services.AddSingleton<CapQueue>();
            services.AddSingleton<ITransport>(static provider => provider.GetRequiredService<CapQueue>());
            services.AddSingleton<IConsumerClientFactory>(static provider => provider.GetRequiredService<CapQueue>());
        }
    }
}
