using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Benchmarks;

/// <summary>A handler class with one scoped dependency, in a scope of its own, beside the same by hand.</summary>
[MemoryDiagnoser]
public class ScopedHandlerBenchmarks
{
    private readonly Measured _event = new(1);
    private BenchmarkBus _bus = null!;
    private IEventPublisher<Measured> _publisher = null!;
    private IServiceScopeFactory _scopes = null!;

    [GlobalSetup]
    public void Setup()
    {
        _bus = new BenchmarkBus(static bus =>
        {
            bus.Services.AddScoped<Store>();
            bus.Subscribe<Measured, Handler>("handler").Inline();
        });
        _publisher = _bus.Publisher;
        _scopes = _bus.Scopes;
        _publisher.PublishAsync(_event).AsTask().GetAwaiter().GetResult();
    }

    [GlobalCleanup]
    public void Cleanup() => _bus.Dispose();

    [Benchmark(Baseline = true)]
    public async ValueTask ScopeByHand()
    {
        await using AsyncServiceScope scope = _scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<Handler>().HandleAsync(_event, default, CancellationToken.None);
    }

    [Benchmark]
    public ValueTask HandlerClass() => _publisher.PublishAsync(_event);

    private sealed class Store
    {
        public int Sum { get; set; }
    }

    private sealed class Handler(Store store) : IEventHandler<Measured>
    {
        public ValueTask HandleAsync(Measured @event, EventContext context, CancellationToken cancellationToken)
        {
            store.Sum += @event.Value;
            return default;
        }
    }
}
