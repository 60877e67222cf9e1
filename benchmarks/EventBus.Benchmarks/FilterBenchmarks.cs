using System.Reactive.Linq;
using System.Reactive.Subjects;
using BenchmarkDotNet.Attributes;
using EventBus.Benchmarks.Handling;
using EventBus.Benchmarks.Peers;

namespace EventBus.Benchmarks;

/// <summary>One event to N handlers, each behind a predicate of its own that lets it through.</summary>
[MemoryDiagnoser]
public class FilterBenchmarks
{
    private readonly Subject<Measured> _subject = new();
    private Audience _audience = null!;
    private (Func<Measured, bool> Filter, Func<Measured, CancellationToken, ValueTask> Handler)[] _delegates = [];
    private BenchmarkBus.PublisherDoor _publisher;

    [Params(1, 4, 16)]
    public int Handlers { get; set; }

    [GlobalSetup(Target = nameof(LoopOverDelegates))]
    public void SetUpLimit()
    {
        _audience = Audience.Of<Counting>(Handlers);
        _delegates = [.. _audience.Handlers.Select(static handler =>
            ((Func<Measured, bool>)handler.Wants, (Func<Measured, CancellationToken, ValueTask>)handler.HandleAsync))];
    }

    [GlobalSetup(Target = nameof(Where))]
    public void SetUpWhere() => SetUpBus(static (subscription, handler) => subscription.Where(handler.Wants));

    [GlobalSetup(Target = nameof(Unfiltered))]
    public void SetUpUnfiltered() => SetUpBus(null);

    [GlobalSetup(Target = nameof(ReactiveWhere))]
    public void SetUpReactive()
    {
        _audience = Audience.Of<Counting>(Handlers);
        foreach (Handler handler in _audience.Handlers)
        {
            _subject.Where(handler.Wants).Subscribe(handler.Handle);
        }
    }

    [GlobalCleanup]
    public async Task CleanUp() => await _audience.DisposeAsync();

    [Benchmark(Baseline = true, Description = "loop over predicates and delegates")]
    public void LoopOverDelegates()
    {
        Measured @event = _audience.Next();
        foreach ((Func<Measured, bool> filter, Func<Measured, CancellationToken, ValueTask> handler) in _delegates)
        {
            if (filter(@event))
            {
                handler(@event, CancellationToken.None).End();
            }
        }
    }

    [Benchmark(Description = "TypedEventBus, no filter")]
    public void Unfiltered() => _publisher.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "TypedEventBus, Where")]
    public void Where() => _publisher.PublishAsync(_audience.Next()).End();

    [Benchmark(Description = "System.Reactive, Where, void")]
    public void ReactiveWhere() => _subject.OnNext(_audience.Next());

    private void SetUpBus(Action<SubscriptionBuilder<Measured>, Handler>? configure)
    {
        _audience = Audience.Of<Counting>(Handlers);
        _publisher = _audience.Owns(BenchmarkBus.Inline(_audience.Handlers, configure)).Publisher;
    }
}
