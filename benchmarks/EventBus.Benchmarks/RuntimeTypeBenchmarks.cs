using BenchmarkDotNet.Attributes;
using EventBus.Benchmarks.Handling;
using EventBus.Benchmarks.Peers;

namespace EventBus.Benchmarks;

/// <summary>One event to one handler, published by code that does not know the event's type.</summary>
[MemoryDiagnoser]
public class RuntimeTypeBenchmarks
{
    private readonly Audience _audience = Audience.Of<Counting>(1);
    private BenchmarkBus.BusDoor _bus;
    private MediatorPeer.PublisherDoor _mediator;
    private WolverinePeer.InvokeDoor _wolverine;
    private MassTransitMediatorPeer.PublishDoor _massTransit;

    [GlobalSetup]
    public void SetUp() => _bus = _audience.Owns(BenchmarkBus.Inline(_audience.Handlers)).Bus;

    [GlobalSetup(Target = nameof(MediatorObject))]
    public void SetUpMediator() => _mediator = _audience.Owns(new MediatorPeer(_audience.Handlers)).Publisher;

    [GlobalSetup(Target = nameof(WolverineObject))]
    public void SetUpWolverine() => _wolverine = _audience.Owns(WolverinePeer.Inline(_audience.Handlers)).Invoke;

    [GlobalSetup(Target = nameof(MassTransitObject))]
    public void SetUpMassTransit() =>
        _massTransit = _audience.Owns(new MassTransitMediatorPeer(_audience.Handlers)).Publish;

    [GlobalCleanup]
    public async Task CleanUp() => await _audience.DisposeAsync();

    [Benchmark(Baseline = true, Description = "TypedEventBus, its own type")]
    public void Exact() => _bus.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "TypedEventBus, held as its base record")]
    public void AsBase() => _bus.PublishBaseAsync(_audience.Next()).End();

    [Benchmark(Description = "TypedEventBus, held as object")]
    public void AsObject() => _bus.PublishObjectAsync(_audience.Next()).End();

    [Benchmark(Description = "Mediator, object")]
    public void MediatorObject() => _mediator.PublishObjectAsync(_audience.Next()).End();

    [Benchmark(Description = "Wolverine, object")]
    public void WolverineObject() => _wolverine.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "MassTransit mediator, object")]
    public void MassTransitObject() => _massTransit.PublishObjectAsync(_audience.Next()).End();
}
