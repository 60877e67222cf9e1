using EventBus.Benchmarks.Handling;
using EventBus.Benchmarks.Peers;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Benchmarks;

/// <summary>A bus for one benchmark, without logging, telemetry or a host.</summary>
internal sealed class BenchmarkBus(Action<EventBusBuilder> configure) : IAsyncDisposable
{
    private readonly ServiceProvider _services =
        new ServiceCollection().AddEventBus(configure).BuildServiceProvider();

    /// <summary>The way to publish that most programs take.</summary>
    public BusDoor Bus => new(_services.GetRequiredService<IEventBus>());

    /// <summary>The quickest way to publish.</summary>
    public PublisherDoor Publisher => new(PublisherOf<Measured>());

    private IEventBusMonitor Monitor => _services.GetRequiredService<IEventBusMonitor>();

    /// <summary>A subscription for each handler, run in the publisher's flow.</summary>
    public static BenchmarkBus Inline(
        IEnumerable<Handler> handlers, Action<SubscriptionBuilder<Measured>, Handler>? configure = null) => new(bus =>
        {
            foreach ((int i, Handler handler) in handlers.Index())
            {
                SubscriptionBuilder<Measured> subscription =
                    bus.Subscribe<Measured>($"handler-{i}", handler.HandleAsync).Inline();
                configure?.Invoke(subscription, handler);
            }
        });

    /// <summary>One queued subscription. With the default concurrency where none is given.</summary>
    public static BenchmarkBus Queued(Action<Measured> handler, int capacity, int? maxConcurrency = null) => new(bus => bus
        .Subscribe<Measured>("handler", (@event, _, _) =>
        {
            handler(@event);
            return default;
        })
        .Queue(queue =>
        {
            queue.Capacity = capacity;
            queue.MaxConcurrency = maxConcurrency ?? queue.MaxConcurrency;
        }));

    /// <summary>One queued subscription whose handler takes batches, one at a time.</summary>
    public static BenchmarkBus Batched(Action<IReadOnlyList<Measured>> handler, int capacity, int size) => new(bus => bus
        .SubscribeBatch<Measured>("handler", (events, _, _) =>
        {
            handler(events);
            return default;
        })
        .Batch(batch => batch.Size = size)
        .Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (capacity, 1)));

    public IEventPublisher<TEvent> PublisherOf<TEvent>()
        where TEvent : notnull => _services.GetRequiredService<IEventPublisher<TEvent>>();

    /// <summary>Ends the bus.</summary>
    /// <exception cref="InvalidOperationException">A delivery failed or was lost: what was measured was not the work.</exception>
    public async ValueTask DisposeAsync()
    {
        await Monitor.WhenIdleAsync();
        var total = Monitor.GetStatistics().Total;
        await _services.DisposeAsync();
        if (!total.IsConserved || total.DeadLettered > 0 || total.Succeeded == 0)
        {
            throw new InvalidOperationException($"The benchmark's bus did not do its work: {total}.");
        }
    }

    public readonly struct BusDoor(IEventBus bus) : IDoor
    {
        public ValueTask PublishAsync(Measured @event) => bus.PublishAsync(@event);

        public ValueTask PublishObjectAsync(object @event) => bus.PublishAsync(@event);

        public ValueTask PublishBaseAsync(Fact @event) => bus.PublishAsync(@event);
    }

    public readonly struct PublisherDoor(IEventPublisher<Measured> publisher) : IDoor
    {
        public ValueTask PublishAsync(Measured @event) => publisher.PublishAsync(@event);
    }
}
