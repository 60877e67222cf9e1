using BenchmarkDotNet.Attributes;
using Polly;
using Polly.Retry;

namespace EventBus.Benchmarks;

/// <summary>What it costs to be ready for a retry where the first attempt succeeds: one inline lambda.</summary>
[MemoryDiagnoser]
public class RetryBenchmarks
{
    private readonly Measured _event = new(1);
    private BenchmarkBus _plain = null!;
    private BenchmarkBus _retrying = null!;
    private IEventPublisher<Measured> _plainPublisher = null!;
    private IEventPublisher<Measured> _retryingPublisher = null!;
    private ResiliencePipeline _pipeline = null!;

    /// <summary>What the handlers do: something, and as little as possible.</summary>
    public int Sum { get; private set; }

    [GlobalSetup]
    public void Setup()
    {
        _plain = new BenchmarkBus(bus => bus.Subscribe<Measured>("handler", HandleAsync).Inline());
        _retrying = new BenchmarkBus(bus =>
            bus.Subscribe<Measured>("handler", HandleAsync).Inline().Retry(static retry => retry.MaxRetryAttempts = 3));
        _plainPublisher = _plain.Publisher;
        _retryingPublisher = _retrying.Publisher;
        _pipeline = new ResiliencePipelineBuilder().AddRetry(new RetryStrategyOptions()).Build();
        _plainPublisher.PublishAsync(_event).AsTask().GetAwaiter().GetResult();
        _retryingPublisher.PublishAsync(_event).AsTask().GetAwaiter().GetResult();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _plain.Dispose();
        _retrying.Dispose();
    }

    [Benchmark]
    public ValueTask PollyPipelineAlone() => _pipeline.ExecuteAsync(
        static (benchmarks, cancellationToken) => benchmarks.HandleAsync(benchmarks._event, default, cancellationToken),
        this);

    [Benchmark(Baseline = true)]
    public ValueTask InlineWithoutRetry() => _plainPublisher.PublishAsync(_event);

    [Benchmark]
    public ValueTask InlineWithRetry() => _retryingPublisher.PublishAsync(_event);

    private ValueTask HandleAsync(Measured @event, EventContext context, CancellationToken cancellationToken)
    {
        Sum += @event.Value;
        return default;
    }
}
