using EventBus.Benchmarks.Handling;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Wolverine;

namespace EventBus.Benchmarks.Peers;

public static class WolverineHandler<TMark, TWork>
    where TMark : struct
    where TWork : struct, IWork
{
    public static ValueTask Handle(Measured @event) => Handler<TMark, TWork>.Shared.HandleAsync(@event, default);
}

internal sealed class WolverinePeer : IAsyncDisposable
{
    private readonly IHost _host;

    public WolverinePeer(IEnumerable<Handler> handlers)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseWolverine(options =>
        {
            options.Discovery.DisableConventionalDiscovery();
            options.Durability.Mode = DurabilityMode.MediatorOnly;
            foreach (Handler handler in handlers)
            {
                options.Discovery.IncludeType(handler.As(typeof(WolverineHandler<,>)));
            }
        });
        _host = builder.Build();
        _host.Start();
    }

    public IMessageBus Bus => _host.Services.GetRequiredService<IMessageBus>();

    public async ValueTask DisposeAsync() { await _host.StopAsync(); _host.Dispose(); }
}
