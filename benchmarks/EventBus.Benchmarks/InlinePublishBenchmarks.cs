using BenchmarkDotNet.Attributes;

namespace EventBus.Benchmarks;

/// <summary>One event to N inline lambdas that complete at once, beside the least that C# itself can do.</summary>
[MemoryDiagnoser]
public class InlinePublishBenchmarks
{
    private readonly Measured _event = new(1);
    private BenchmarkBus _bus = null!;
    private IEventBus _door = null!;
    private IEventPublisher<Measured> _publisher = null!;
    private Func<Measured, EventContext, CancellationToken, ValueTask>[] _delegates = [];
    private Action<Measured> _multicast = null!;

    [Params(1, 4, 16, 64)]
    public int Handlers { get; set; }

    /// <summary>What the handlers do: something, and as little as possible.</summary>
    public int Sum { get; private set; }

    [GlobalSetup]
    public void Setup()
    {
        _bus = new BenchmarkBus(bus =>
        {
            for (int i = 0; i < Handlers; i++)
            {
                bus.Subscribe<Measured>($"handler-{i}", HandlerOf(i)).Inline();
            }
        });
        _door = _bus.Bus;
        _publisher = _bus.Publisher;
        _delegates = [.. Enumerable.Range(0, Handlers).Select(HandlerOf)];
        _multicast = (Action<Measured>)Delegate.Combine(
            [.. Enumerable.Range(0, Handlers).Select(i => (Action<Measured>)(@event => Sum += @event.Value + i))])!;

        // A benchmark that measures something else must not spoil the check at the end.
        _door.PublishAsync(_event).AsTask().GetAwaiter().GetResult();
    }

    [GlobalCleanup]
    public void Cleanup() => _bus.Dispose();

    [Benchmark]
    public void MulticastDelegate() => _multicast(_event);

    [Benchmark(Baseline = true)]
    public ValueTask LoopOverAsyncDelegates()
    {
        foreach (var handler in _delegates)
        {
            ValueTask handling = handler(_event, default, CancellationToken.None);
            if (!handling.IsCompletedSuccessfully)
            {
                return handling;
            }
        }

        return default;
    }

    [Benchmark]
    public ValueTask ThroughIEventBus() => _door.PublishAsync(_event);

    [Benchmark]
    public ValueTask ThroughIEventPublisher() => _publisher.PublishAsync(_event);

    // One delegate object each: a shared one would be predicted better than any program's handlers are.
    private Func<Measured, EventContext, CancellationToken, ValueTask> HandlerOf(int i) => (@event, _, _) =>
    {
        Sum += @event.Value + i;
        return default;
    };
}
