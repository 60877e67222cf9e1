using BenchmarkDotNet.Attributes;
using EventBus.Benchmarks.Peers;
using EventBus.Benchmarks.Queueing;

namespace EventBus.Benchmarks;

/// <summary>Events through a bounded queue to a trivial handler, from the first publish to the last handled one.</summary>
/// <remarks>The figures are for one event.</remarks>
[MemoryDiagnoser]
public class QueuedPublishBenchmarks
{
    private const int Events = 100_000;

    private Race _race = null!;
    private ChannelPeer.WriterDoor _channel;
    private BenchmarkBus.PublisherDoor _publisher;

    [Params(1, 2, 8)]
    public int Producers { get; set; }

    [Params(1_024, 8_192)]
    public int Capacity { get; set; }

    [GlobalSetup(Target = nameof(BoundedChannel))]
    public void SetUpChannel()
    {
        _race = new Race(Producers);
        _channel = _race.Owns(ChannelPeer.Bounded(_race.Countdown.Signal, Capacity)).Writer;
    }

    [GlobalSetup(Target = nameof(OneAtATime))]
    public void SetUpOneAtATime()
    {
        _race = new Race(Producers);
        _publisher = _race.Owns(BenchmarkBus.Queued(_race.Countdown.Signal, Capacity, maxConcurrency: 1)).Publisher;
    }

    [GlobalSetup(Target = nameof(Concurrent))]
    public void SetUpConcurrent()
    {
        _race = new Race(Producers);
        _publisher = _race.Owns(BenchmarkBus.Queued(_race.Countdown.SignalFromMany, Capacity)).Publisher;
    }

    [GlobalCleanup]
    public async Task CleanUp() => await _race.DisposeAsync();

    [Benchmark(Baseline = true, OperationsPerInvoke = Events, Description = "bounded Channel, one reader")]
    public Task BoundedChannel() => _race.RunAsync(_channel, Events);

    [Benchmark(OperationsPerInvoke = Events, Description = "TypedEventBus, MaxConcurrency = 1")]
    public Task OneAtATime() => _race.RunAsync(_publisher, Events);

    [Benchmark(OperationsPerInvoke = Events, Description = "TypedEventBus, default concurrency")]
    public Task Concurrent() => _race.RunAsync(_publisher, Events);
}
