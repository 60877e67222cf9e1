using EventBus.Benchmarks.Handling;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Benchmarks.Peers;

/// <summary>The least that the framework can do: scope, resolve, call, dispose.</summary>
internal sealed class ScopeByHand : IAsyncDisposable
{
    private readonly ServiceProvider _services =
        new ServiceCollection().AddScoped<Store>().AddScoped<ScopedHandler>().BuildServiceProvider();

    public ScopeDoor Scope => new(_services.GetRequiredService<IServiceScopeFactory>());

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    public readonly struct ScopeDoor(IServiceScopeFactory scopes) : IDoor
    {
        public async ValueTask PublishAsync(Measured @event)
        {
            await using AsyncServiceScope scope = scopes.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<ScopedHandler>().Handle(@event, CancellationToken.None);
        }
    }
}
