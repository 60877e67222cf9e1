using EventBus.Benchmarks.Handling;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Benchmarks.Startup;

/// <summary>The least that the framework can do: the same handlers in the container alone, called one after the other.</summary>
internal sealed class ContainerProgram : IProgram
{
    public void Add<TEvent>(IServiceCollection services, Tally tally)
        where TEvent : notnull
    {
        services.AddScoped<IEventHandler<TEvent>, Reaction<TEvent, Zero>>();
        services.AddScoped<IEventHandler<TEvent>, Reaction<TEvent, One>>();
        services.AddScoped<IEventHandler<TEvent>, Reaction<TEvent, Two>>();
        services.AddScoped<IEventHandler<TEvent>, Reaction<TEvent, Three>>();
        services.AddScoped<IEventHandler<TEvent>, Reaction<TEvent, Measured>>();
        for (int i = 0; i < 5; i++)
        {
            services.AddSingleton<Action<TEvent>>(_ => tally.Add());
        }
    }

    public async Task PublishAsync<TEvent>(IServiceProvider services, TEvent @event)
        where TEvent : notnull
    {
        await using AsyncServiceScope scope = services.CreateAsyncScope();
        foreach (IEventHandler<TEvent> handler in scope.ServiceProvider.GetServices<IEventHandler<TEvent>>())
        {
            await handler.HandleAsync(@event, default, CancellationToken.None);
        }

        foreach (Action<TEvent> handler in scope.ServiceProvider.GetServices<Action<TEvent>>())
        {
            handler(@event);
        }
    }
}
