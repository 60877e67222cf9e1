using BenchmarkDotNet.Attributes;
using EventBus.Benchmarks.Peers;
using EventBus.Benchmarks.Queueing;

namespace EventBus.Benchmarks;

/// <summary>Events through a bounded queue to a trivial handler, in batches and one by one.</summary>
/// <remarks>The figures are for one event.</remarks>
[MemoryDiagnoser]
public class BatchBenchmarks
{
    private const int Events = 100_000;
    private const int Capacity = 8_192;
    private const int Size = 100;

    private Race _race = null!;
    private ChannelPeer.WriterDoor _channel;
    private BenchmarkBus.PublisherDoor _publisher;

    [Params(1, 8)]
    public int Producers { get; set; }

    [GlobalSetup(Target = nameof(ChannelIntoLists))]
    public void SetUpChannel()
    {
        _race = new Race(Producers);
        _channel = _race.Owns(ChannelPeer.Batched(Signal, Capacity, Size)).Writer;
    }

    [GlobalSetup(Target = nameof(OneByOne))]
    public void SetUpOneByOne()
    {
        _race = new Race(Producers);
        _publisher = _race.Owns(BenchmarkBus.Queued(_race.Countdown.Signal, Capacity, maxConcurrency: 1)).Publisher;
    }

    [GlobalSetup(Target = nameof(Batches))]
    public void SetUpBatches()
    {
        _race = new Race(Producers);
        _publisher = _race.Owns(BenchmarkBus.Batched(Signal, Capacity, Size)).Publisher;
    }

    [GlobalCleanup]
    public async Task CleanUp() => await _race.DisposeAsync();

    [Benchmark(Baseline = true, OperationsPerInvoke = Events, Description = "bounded Channel, one reader into a List")]
    public Task ChannelIntoLists() => _race.RunAsync(_channel, Events);

    [Benchmark(OperationsPerInvoke = Events, Description = "TypedEventBus, one by one")]
    public Task OneByOne() => _race.RunAsync(_publisher, Events);

    [Benchmark(OperationsPerInvoke = Events, Description = "TypedEventBus, batches of 100")]
    public Task Batches() => _race.RunAsync(_publisher, Events);

    private void Signal(IReadOnlyList<Measured> events)
    {
        foreach (Measured @event in events)
        {
            _race.Countdown.Signal(@event);
        }
    }
}
