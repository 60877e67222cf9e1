using BenchmarkDotNet.Attributes;
using EventBus.Benchmarks.Handling;
using EventBus.Benchmarks.Peers;
using Polly;
using Polly.Retry;

namespace EventBus.Benchmarks;

/// <summary>What it costs to be ready for a retry where the first attempt succeeds: one inline lambda.</summary>
[MemoryDiagnoser]
public class RetryBenchmarks
{
    private readonly Audience _audience = Audience.Of<Counting>(1);
    private Handler _handler = null!;
    private BenchmarkBus.PublisherDoor _publisher;
    private ResiliencePipeline _pipeline = null!;

    [GlobalSetup(Target = nameof(PollyPipelineAlone))]
    public void SetUpPolly()
    {
        _handler = _audience.Handlers[0];
        _pipeline = new ResiliencePipelineBuilder().AddRetry(new RetryStrategyOptions()).Build();
    }

    [GlobalSetup(Target = nameof(InlineWithoutRetry))]
    public void SetUpPlain() => _publisher = _audience.Owns(BenchmarkBus.Inline(_audience.Handlers)).Publisher;

    [GlobalSetup(Target = nameof(InlineWithRetry))]
    public void SetUpRetrying() => _publisher = _audience.Owns(BenchmarkBus.Inline(
        _audience.Handlers,
        static (subscription, _) => subscription.Retry(static retry => retry.MaxRetryAttempts = 3))).Publisher;

    [GlobalCleanup]
    public async Task CleanUp() => await _audience.DisposeAsync();

    [Benchmark(Description = "Polly, a pipeline alone")]
    public void PollyPipelineAlone() => _pipeline.ExecuteAsync(
        static (benchmarks, cancellationToken) =>
            benchmarks._handler.HandleAsync(benchmarks._audience.Next(), cancellationToken),
        this).End();

    [Benchmark(Baseline = true, Description = "TypedEventBus, no retry")]
    public void InlineWithoutRetry() => _publisher.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "TypedEventBus, 3 retries")]
    public void InlineWithRetry() => _publisher.PublishAsync(_audience.Next()).End();
}
