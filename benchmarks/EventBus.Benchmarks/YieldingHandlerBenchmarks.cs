using BenchmarkDotNet.Attributes;
using EventBus.Benchmarks.Handling;
using EventBus.Benchmarks.Peers;

namespace EventBus.Benchmarks;

/// <summary>One event to N handlers that let go of their thread once: what it costs to wait for them.</summary>
/// <remarks>
/// One event after the other on the thread pool; the figures are for one. Of the bytes each handler's own task is a part that no bus can save.
/// </remarks>
[MemoryDiagnoser]
public class YieldingHandlerBenchmarks
{
    private const int Events = 1_000;

    private Audience _audience = null!;
    private DelegateLoop _delegates;
    private BenchmarkBus.BusDoor _bus;
    private BenchmarkBus.PublisherDoor _publisher;
    private MediatorPeer.ClassDoor _mediatorClass;
    private MediatorPeer.PublisherDoor _mediatorPublisher;
    private WolverinePeer.InvokeDoor _wolverine;
    private MassTransitMediatorPeer.PublishDoor _massTransit;

    [Params(1, 4)]
    public int Handlers { get; set; }

    [GlobalSetup(Target = nameof(LoopOverDelegates))]
    public void SetUpLimit()
    {
        _audience = Audience.Of<YieldingOnce>(Handlers);
        _delegates = new DelegateLoop(_audience.Handlers);
    }

    [GlobalSetup(Targets = [nameof(ThroughIEventBus), nameof(ThroughIEventPublisher)])]
    public void SetUpBus()
    {
        BenchmarkBus bus = Begin(static handlers => BenchmarkBus.Inline(handlers));
        _bus = bus.Bus;
        _publisher = bus.Publisher;
    }

    [GlobalSetup(Targets = [nameof(MediatorClass), nameof(MediatorIPublisher)])]
    public void SetUpMediator()
    {
        MediatorPeer mediator = Begin(static handlers => new MediatorPeer(handlers));
        _mediatorClass = mediator.Class;
        _mediatorPublisher = mediator.Publisher;
    }

    [GlobalSetup(Target = nameof(WolverineInvoke))]
    public void SetUpWolverine() => _wolverine = Begin(WolverinePeer.Inline).Invoke;

    [GlobalSetup(Target = nameof(MassTransitMediator))]
    public void SetUpMassTransit() =>
        _massTransit = Begin(static handlers => new MassTransitMediatorPeer(handlers)).Publish;

    [GlobalCleanup]
    public async Task CleanUp() => await _audience.DisposeAsync();

    [Benchmark(Baseline = true, OperationsPerInvoke = Events, Description = "loop over delegates")]
    [BenchmarkCategory(Contestant.Limit)]
    public Task LoopOverDelegates() => RepeatAsync(_delegates);

    [Benchmark(OperationsPerInvoke = Events, Description = "TypedEventBus, IEventBus")]
    [BenchmarkCategory(Contestant.Ours)]
    public Task ThroughIEventBus() => RepeatAsync(_bus);

    [Benchmark(OperationsPerInvoke = Events, Description = "TypedEventBus, IEventPublisher<T>")]
    [BenchmarkCategory(Contestant.Ours)]
    public Task ThroughIEventPublisher() => RepeatAsync(_publisher);

    [Benchmark(OperationsPerInvoke = Events, Description = "Mediator, generated class")]
    [BenchmarkCategory(Contestant.Peer)]
    public Task MediatorClass() => RepeatAsync(_mediatorClass);

    [Benchmark(OperationsPerInvoke = Events, Description = "Mediator, IPublisher")]
    [BenchmarkCategory(Contestant.Peer)]
    public Task MediatorIPublisher() => RepeatAsync(_mediatorPublisher);

    [Benchmark(OperationsPerInvoke = Events, Description = "Wolverine, InvokeAsync")]
    [BenchmarkCategory(Contestant.Peer)]
    public Task WolverineInvoke() => RepeatAsync(_wolverine);

    [Benchmark(OperationsPerInvoke = Events, Description = "MassTransit, mediator")]
    [BenchmarkCategory(Contestant.Peer)]
    public Task MassTransitMediator() => RepeatAsync(_massTransit);

    private TPeer Begin<TPeer>(Func<IReadOnlyList<Handler>, TPeer> start)
        where TPeer : IAsyncDisposable
    {
        _audience = Audience.Of<YieldingOnce>(Handlers);
        return _audience.Owns(start(_audience.Handlers));
    }

    private async Task RepeatAsync<TDoor>(TDoor door)
        where TDoor : struct, IDoor
    {
        // To the thread pool, where the handlers go on: the benchmark's own thread would only wait for them.
        await Task.Yield();
        for (int i = 0; i < Events; i++)
        {
            await door.PublishAsync(_audience.Next());
        }
    }
}
