using EventBus.Benchmarks.Handling;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Benchmarks.Startup;

/// <summary>The program with the bus: queued subscriptions, as they are by default.</summary>
internal sealed class BusProgram : IProgram
{
    public void Add<TEvent>(IServiceCollection services, Tally tally)
        where TEvent : notnull => services.AddEventBus(bus =>
        {
            string type = typeof(TEvent).ToString().Replace('[', '-').Replace(']', '-').Replace('`', '-');
            bus.Subscribe<TEvent, Reaction<TEvent, Zero>>($"{type}.zero");
            bus.Subscribe<TEvent, Reaction<TEvent, One>>($"{type}.one");
            bus.Subscribe<TEvent, Reaction<TEvent, Two>>($"{type}.two");
            bus.Subscribe<TEvent, Reaction<TEvent, Three>>($"{type}.three");
            bus.Subscribe<TEvent, Reaction<TEvent, Measured>>($"{type}.four");
            for (int i = 0; i < 5; i++)
            {
                bus.Subscribe<TEvent>($"{type}.lambda-{i}", (_, _, _) =>
                {
                    tally.Add();
                    return default;
                });
            }
        });

    public async Task PublishAsync<TEvent>(IServiceProvider services, TEvent @event)
        where TEvent : notnull
    {
        await services.GetRequiredService<IEventBus>().PublishAsync(@event);
        await services.GetRequiredService<IEventBusMonitor>().WhenIdleAsync();
    }
}
