using EventBus.Benchmarks.Handling;
using Mediator;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Benchmarks.Peers;

/// <summary>Mediator with scoped handlers. The publisher brings the scope, as a web request does.</summary>
internal sealed class ScopedMediatorPeer : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection()
        .AddScopedMediator()
        .AddScoped<Store>()
        .AddScoped<INotificationHandler<Measured>, ScopedHandler>()
        .BuildServiceProvider();

    public ScopeDoor Scope => new(_services.GetRequiredService<IServiceScopeFactory>());

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    public readonly struct ScopeDoor(IServiceScopeFactory scopes) : IDoor
    {
        public async ValueTask PublishAsync(Measured @event)
        {
            await using AsyncServiceScope scope = scopes.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<IPublisher>().Publish(@event);
        }
    }
}
