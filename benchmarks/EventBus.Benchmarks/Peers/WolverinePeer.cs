using EventBus.Benchmarks.Handling;
using EventBus.Benchmarks.Queueing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Wolverine;

namespace EventBus.Benchmarks.Peers;

/// <summary>Wolverine without logging, and with the handlers that it is told of alone.</summary>
internal sealed class WolverinePeer : IAsyncDisposable
{
    private readonly IHost _host;

    private WolverinePeer(DurabilityMode mode, IEnumerable<Type> handlers, Action<IServiceCollection> addServices)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        addServices(builder.Services);
        builder.UseWolverine(options =>
        {
            options.Durability.Mode = mode;
            options.Discovery.DisableConventionalDiscovery();
            foreach (Type handler in handlers)
            {
                options.Discovery.IncludeType(handler);
            }
        });
        _host = builder.Build();
        _host.Start();
    }

    /// <summary>Runs the handlers, one after the other, before the call ends.</summary>
    public InvokeDoor Invoke => new(_host.MessageBus());

    /// <summary>Leaves the event in the local queue of its type.</summary>
    public PublishDoor Publish => new(_host.MessageBus());

    /// <summary>As a mediator: nothing but what a call to the handlers needs.</summary>
    public static WolverinePeer Inline(IEnumerable<Handler> handlers) => Inline(
        handlers.Select(static handler => handler.As(typeof(WolverineHandler<,>))), static _ => { });

    /// <inheritdoc cref="Inline(IEnumerable{Handler})"/>
    public static WolverinePeer Inline(IEnumerable<Type> handlers, Action<IServiceCollection> addServices) =>
        new(DurabilityMode.MediatorOnly, handlers, addServices);

    public static WolverinePeer Queued(Countdown countdown) => new(
        DurabilityMode.Solo, [typeof(WolverineCountdown)], services => services.AddSingleton(countdown));

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    public readonly struct InvokeDoor(IMessageBus bus) : IDoor
    {
        public ValueTask PublishAsync(Measured @event) => new(bus.InvokeAsync(@event));
    }

    public readonly struct PublishDoor(IMessageBus bus) : IDoor
    {
        public ValueTask PublishAsync(Measured @event) => bus.PublishAsync(@event);
    }
}
