using BenchmarkDotNet.Attributes;
using EventBus.Benchmarks.Handling;
using EventBus.Benchmarks.Peers;

namespace EventBus.Benchmarks;

/// <summary>One event to one handler, while somebody collects every span and every metric, or nobody does.</summary>
[MemoryDiagnoser]
public class TelemetryBenchmarks
{
    private readonly Audience _audience = Audience.Of<Counting>(1);
    private TelemetryByHand.Door _byHand;
    private BenchmarkBus.BusDoor _bus;
    private WolverinePeer.InvokeDoor _wolverine;
    private MassTransitMediatorPeer.PublishDoor _massTransit;

    [Params(false, true)]
    public bool Listened { get; set; }

    [GlobalSetup(Target = nameof(ByHand))]
    public void SetUpByHand()
    {
        Listen(TelemetryByHand.Name);
        _byHand = _audience.Owns(new TelemetryByHand(_audience.Handlers[0])).Publish;
    }

    [GlobalSetup(Target = nameof(ThroughIEventBus))]
    public void SetUpBus()
    {
        Listen("EventBus");
        _bus = _audience.Owns(BenchmarkBus.Inline(_audience.Handlers)).Bus;
    }

    [GlobalSetup(Target = nameof(WolverineInvoke))]
    public void SetUpWolverine()
    {
        Listen("Wolverine");
        _wolverine = _audience.Owns(WolverinePeer.Inline(_audience.Handlers)).Invoke;
    }

    [GlobalSetup(Target = nameof(MassTransitMediator))]
    public void SetUpMassTransit()
    {
        Listen("MassTransit");
        _massTransit = _audience.Owns(new MassTransitMediatorPeer(_audience.Handlers)).Publish;
    }

    [GlobalCleanup]
    public async Task CleanUp() => await _audience.DisposeAsync();

    [Benchmark(Baseline = true, Description = "two spans, two metrics by hand")]
    public void ByHand() => _byHand.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "TypedEventBus, IEventBus")]
    public void ThroughIEventBus() => _bus.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "Wolverine, InvokeAsync")]
    public void WolverineInvoke() => _wolverine.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "MassTransit, mediator")]
    public void MassTransitMediator() => _massTransit.PublishAsync(_audience.Next()).End();

    private void Listen(string library)
    {
        if (Listened)
        {
            _audience.Owns(new Listening(library));
        }
    }
}
