using System.Reactive.Concurrency;
using BenchmarkDotNet.Attributes;
using EventBus.Benchmarks.Peers;
using EventBus.Benchmarks.Peers.Cap;
using EventBus.Benchmarks.Queueing;

namespace EventBus.Benchmarks;

/// <summary>As <see cref="QueuedPublishBenchmarks"/>, for every library with a queue in memory, by its defaults.</summary>
/// <remarks>
/// Only the bus and the bounded channel make a publisher wait for room; the queues of the others grow. The slow ones get fewer events.
/// </remarks>
[MemoryDiagnoser]
public class QueuedPeersBenchmarks
{
    private const int Many = 100_000;
    private const int Few = 2_000;
    private const int Capacity = 8_192;

    private Race _race = null!;
    private ChannelPeer.WriterDoor _channel;
    private BenchmarkBus.PublisherDoor _publisher;
    private ReactivePeer.OnNextDoor _reactive;
    private WolverinePeer.PublishDoor _wolverine;
    private MassTransitQueuePeer.PublishDoor _massTransit;
    private RebusPeer.PublishDoor _rebus;
    private CapPeer.PublishDoor _cap;

    [Params(1, 2, 8)]
    public int Producers { get; set; }

    [GlobalSetup(Target = nameof(BoundedChannel))]
    public void SetUpBounded() =>
        _channel = Begin(static countdown => ChannelPeer.Bounded(countdown.Signal, Capacity)).Writer;

    [GlobalSetup(Target = nameof(UnboundedChannel))]
    public void SetUpUnbounded() => _channel = Begin(static countdown => ChannelPeer.Unbounded(countdown.Signal)).Writer;

    [GlobalSetup(Target = nameof(OneAtATime))]
    public void SetUpOneAtATime() =>
        _publisher = Begin(static countdown => BenchmarkBus.Queued(countdown.Signal, Capacity, maxConcurrency: 1)).Publisher;

    [GlobalSetup(Target = nameof(Concurrent))]
    public void SetUpConcurrent() =>
        _publisher = Begin(static countdown => BenchmarkBus.Queued(countdown.SignalFromMany, Capacity)).Publisher;

    [GlobalSetup(Target = nameof(ReactiveEventLoop))]
    public void SetUpEventLoop() =>
        _reactive = Begin(static countdown => new ReactivePeer(countdown, new EventLoopScheduler())).OnNext(Producers);

    [GlobalSetup(Target = nameof(ReactiveTaskPool))]
    public void SetUpTaskPool() =>
        _reactive = Begin(static countdown => new ReactivePeer(countdown, TaskPoolScheduler.Default)).OnNext(Producers);

    [GlobalSetup(Target = nameof(WolverineLocalQueue))]
    public void SetUpWolverine() => _wolverine = Begin(WolverinePeer.Queued).Publish;

    [GlobalSetup(Target = nameof(MassTransitInMemory))]
    public void SetUpMassTransit() => _massTransit = Begin(static countdown => new MassTransitQueuePeer(countdown)).Publish;

    [GlobalSetup(Target = nameof(RebusInMemory))]
    public void SetUpRebus() => _rebus = Begin(static countdown => new RebusPeer(countdown)).Publish;

    [GlobalSetup(Target = nameof(CapInMemory))]
    public void SetUpCap() => _cap = Begin(static countdown => new CapPeer(countdown)).Publish;

    [GlobalCleanup]
    public async Task CleanUp() => await _race.DisposeAsync();

    [Benchmark(Baseline = true, OperationsPerInvoke = Many, Description = "bounded Channel, one reader")]
    [BenchmarkCategory(Contestant.Limit)]
    public Task BoundedChannel() => _race.RunAsync(_channel, Many);

    [Benchmark(OperationsPerInvoke = Many, Description = "unbounded Channel, one reader")]
    [BenchmarkCategory(Contestant.Limit)]
    public Task UnboundedChannel() => _race.RunAsync(_channel, Many);

    [Benchmark(OperationsPerInvoke = Many, Description = "TypedEventBus, MaxConcurrency = 1")]
    [BenchmarkCategory(Contestant.Ours)]
    public Task OneAtATime() => _race.RunAsync(_publisher, Many);

    [Benchmark(OperationsPerInvoke = Many, Description = "TypedEventBus, default concurrency")]
    [BenchmarkCategory(Contestant.Ours)]
    public Task Concurrent() => _race.RunAsync(_publisher, Many);

    [Benchmark(OperationsPerInvoke = Many, Description = "System.Reactive, ObserveOn event loop")]
    [BenchmarkCategory(Contestant.Peer)]
    public Task ReactiveEventLoop() => _race.RunAsync(_reactive, Many);

    [Benchmark(OperationsPerInvoke = Many, Description = "System.Reactive, ObserveOn task pool")]
    [BenchmarkCategory(Contestant.Peer)]
    public Task ReactiveTaskPool() => _race.RunAsync(_reactive, Many);

    [Benchmark(OperationsPerInvoke = Few, Description = "Wolverine, local queue")]
    [BenchmarkCategory(Contestant.Peer)]
    public Task WolverineLocalQueue() => _race.RunAsync(_wolverine, Few);

    [Benchmark(OperationsPerInvoke = Few, Description = "MassTransit, in-memory transport")]
    [BenchmarkCategory(Contestant.Peer)]
    public Task MassTransitInMemory() => _race.RunAsync(_massTransit, Few);

    [Benchmark(OperationsPerInvoke = Few, Description = "Rebus, in-memory transport")]
    [BenchmarkCategory(Contestant.Peer)]
    public Task RebusInMemory() => _race.RunAsync(_rebus, Few);

    [Benchmark(OperationsPerInvoke = Few, Description = "CAP, a least storage and queue")]
    [BenchmarkCategory(Contestant.Peer)]
    public Task CapInMemory() => _race.RunAsync(_cap, Few);

    private TPeer Begin<TPeer>(Func<Countdown, TPeer> start)
        where TPeer : IAsyncDisposable
    {
        _race = new Race(Producers);
        return _race.Owns(start(_race.Countdown));
    }
}
