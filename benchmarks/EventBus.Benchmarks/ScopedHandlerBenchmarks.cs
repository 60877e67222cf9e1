using BenchmarkDotNet.Attributes;
using EventBus.Benchmarks.Handling;
using EventBus.Benchmarks.Peers;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Benchmarks;

/// <summary>A handler class with one scoped dependency, each event in a scope of its own.</summary>
[MemoryDiagnoser]
public class ScopedHandlerBenchmarks
{
    private readonly Audience _audience = Audience.Of<Counting>(1);
    private ScopeByHand.ScopeDoor _byHand;
    private BenchmarkBus.PublisherDoor _publisher;
    private ScopedMediatorPeer.ScopeDoor _mediator;
    private WolverinePeer.InvokeDoor _wolverine;
    private MassTransitMediatorPeer.PublishDoor _massTransit;

    [GlobalSetup(Target = nameof(ByHand))]
    public void SetUpByHand() => _byHand = _audience.Owns(new ScopeByHand()).Scope;

    [GlobalSetup(Target = nameof(HandlerClass))]
    public void SetUpBus() => _publisher = _audience.Owns(new BenchmarkBus(static bus =>
    {
        bus.Services.AddScoped<Store>();
        bus.Subscribe<Measured, ScopedHandler>("handler").Inline();
    })).Publisher;

    [GlobalSetup(Target = nameof(MediatorScoped))]
    public void SetUpMediator() => _mediator = _audience.Owns(new ScopedMediatorPeer()).Scope;

    [GlobalSetup(Target = nameof(WolverineInvoke))]
    public void SetUpWolverine() => _wolverine = _audience.Owns(
        WolverinePeer.Inline([typeof(ScopedHandler)], static services => services.AddScoped<Store>())).Invoke;

    [GlobalSetup(Target = nameof(MassTransitMediator))]
    public void SetUpMassTransit() => _massTransit = _audience.Owns(
        new MassTransitMediatorPeer([typeof(ScopedHandler)], static services => services.AddScoped<Store>())).Publish;

    [GlobalCleanup]
    public async Task CleanUp() => await _audience.DisposeAsync();

    [Benchmark(Baseline = true, Description = "scope, resolve, call, dispose")]
    public void ByHand() => _byHand.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "TypedEventBus, handler class")]
    public void HandlerClass() => _publisher.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "Mediator, scoped, in a scope of the publisher")]
    public void MediatorScoped() => _mediator.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "Wolverine, InvokeAsync")]
    public void WolverineInvoke() => _wolverine.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "MassTransit, mediator")]
    public void MassTransitMediator() => _massTransit.PublishAsync(_audience.Next()).End();
}
