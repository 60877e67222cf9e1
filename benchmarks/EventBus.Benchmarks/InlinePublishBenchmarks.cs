using System.Reactive.Subjects;
using BenchmarkDotNet.Attributes;
using CommunityToolkit.Mvvm.Messaging;
using EventBus.Benchmarks.Handling;
using EventBus.Benchmarks.Peers;

namespace EventBus.Benchmarks;

/// <summary>One event to N handlers that complete at once.</summary>
[MemoryDiagnoser]
public class InlinePublishBenchmarks
{
    private readonly Subject<Measured> _subject = new();
    private Audience _audience = null!;
    private DelegateLoop _delegates;
    private InterfaceLoop _interfaces;
    private Action<Measured> _multicast = null!;
    private BenchmarkBus.BusDoor _bus;
    private BenchmarkBus.PublisherDoor _publisher;
    private MediatorPeer.ClassDoor _mediatorClass;
    private MediatorPeer.PublisherDoor _mediatorPublisher;
    private WolverinePeer.InvokeDoor _wolverine;
    private MassTransitMediatorPeer.PublishDoor _massTransit;
    private IMessenger _messenger = null!;

    [Params(1, 4, 16, 64)]
    public int Handlers { get; set; }

    [GlobalSetup(Targets = [nameof(LoopOverDelegates), nameof(LoopOverInterfaces), nameof(Multicast)])]
    public void SetUpLimit()
    {
        _audience = Audience.Of<Counting>(Handlers);
        _delegates = new DelegateLoop(_audience.Handlers);
        _interfaces = new InterfaceLoop(_audience.Handlers);
        _multicast = (Action<Measured>)Delegate.Combine(
            [.. _audience.Handlers.Select(static handler => (Action<Measured>)handler.Handle)])!;
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

    [GlobalSetup(Target = nameof(ToolkitStrong))]
    public void SetUpStrong() => SetUpMessenger(new StrongReferenceMessenger());

    [GlobalSetup(Target = nameof(ToolkitWeak))]
    public void SetUpWeak() => SetUpMessenger(new WeakReferenceMessenger());

    [GlobalSetup(Target = nameof(ReactiveSubject))]
    public void SetUpReactive()
    {
        _audience = Audience.Of<Counting>(Handlers);
        foreach (Handler handler in _audience.Handlers)
        {
            _subject.Subscribe(handler.Handle);
        }
    }

    [GlobalCleanup]
    public async Task CleanUp() => await _audience.DisposeAsync();

    [Benchmark(Baseline = true, Description = "loop over delegates"), BenchmarkCategory(Contestant.Limit)]
    public void LoopOverDelegates() => _delegates.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "loop over an interface"), BenchmarkCategory(Contestant.Limit)]
    public void LoopOverInterfaces() => _interfaces.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "C# multicast, void"), BenchmarkCategory(Contestant.Limit)]
    public void Multicast() => _multicast(_audience.Next());

    [Benchmark(Description = "TypedEventBus, IEventBus"), BenchmarkCategory(Contestant.Ours)]
    public void ThroughIEventBus() => _bus.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "TypedEventBus, IEventPublisher<T>"), BenchmarkCategory(Contestant.Ours)]
    public void ThroughIEventPublisher() => _publisher.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "Mediator, generated class"), BenchmarkCategory(Contestant.Peer)]
    public void MediatorClass() => _mediatorClass.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "Mediator, IPublisher"), BenchmarkCategory(Contestant.Peer)]
    public void MediatorIPublisher() => _mediatorPublisher.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "Wolverine, InvokeAsync"), BenchmarkCategory(Contestant.Peer)]
    public void WolverineInvoke() => _wolverine.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "MassTransit, mediator"), BenchmarkCategory(Contestant.Peer)]
    public void MassTransitMediator() => _massTransit.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "MVVM Toolkit, strong, void"), BenchmarkCategory(Contestant.Peer)]
    public void ToolkitStrong() => _messenger.Send(_audience.Next());

    [Benchmark(Description = "MVVM Toolkit, weak, void"), BenchmarkCategory(Contestant.Peer)]
    public void ToolkitWeak() => _messenger.Send(_audience.Next());

    [Benchmark(Description = "System.Reactive, Subject, void"), BenchmarkCategory(Contestant.Peer)]
    public void ReactiveSubject() => _subject.OnNext(_audience.Next());

    private TPeer Begin<TPeer>(Func<IReadOnlyList<Handler>, TPeer> start)
        where TPeer : IAsyncDisposable
    {
        _audience = Audience.Of<Counting>(Handlers);
        return _audience.Owns(start(_audience.Handlers));
    }

    private void SetUpMessenger(IMessenger messenger)
    {
        _audience = Audience.Of<Counting>(Handlers);
        _messenger = messenger;
        foreach (IRecipient<Measured> recipient in _audience.Handlers.Cast<IRecipient<Measured>>())
        {
            messenger.Register(recipient);
        }
    }
}
