using BenchmarkDotNet.Attributes;

namespace EventBus.Benchmarks;

/// <summary>One event that one of N inline subscriptions wants: by patterns, which are looked up, and by predicates, which are asked.</summary>
[MemoryDiagnoser]
public class PatternSubscriptionBenchmarks
{
    private readonly Shipment _event = new("A-5", "SE", 640);
    private BenchmarkBus _patterns = null!;
    private BenchmarkBus _predicates = null!;
    private IEventPublisher<Shipment> _toPatterns = null!;
    private IEventPublisher<Shipment> _toPredicates = null!;

    [Params(1, 10, 1_000, 10_000)]
    public int Subscriptions { get; set; }

    /// <summary>What the handlers do: something, and as little as possible.</summary>
    public int Sum { get; private set; }

    [GlobalSetup]
    public void Setup()
    {
        _patterns = Build(static (subscription, id) => subscription.Matching($$"""{ "id": ["{{id}}"] }"""));
        _predicates = Build(static (subscription, id) => subscription.Where(shipment => shipment.Id == id));
        _toPatterns = _patterns.PublisherOf<Shipment>();
        _toPredicates = _predicates.PublisherOf<Shipment>();

        // A benchmark that measures something else must not spoil the check at the end.
        _toPatterns.PublishAsync(_event).AsTask().GetAwaiter().GetResult();
        _toPredicates.PublishAsync(_event).AsTask().GetAwaiter().GetResult();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _patterns.Dispose();
        _predicates.Dispose();
    }

    [Benchmark(Baseline = true)]
    public ValueTask Matching() => _toPatterns.PublishAsync(_event);

    [Benchmark]
    public ValueTask Where() => _toPredicates.PublishAsync(_event);

    private BenchmarkBus Build(Action<SubscriptionBuilder<Shipment>, string> filter) => new(bus =>
    {
        for (int i = 0; i < Subscriptions; i++)
        {
            SubscriptionBuilder<Shipment> subscription = bus.Subscribe<Shipment>($"s{i}", (shipment, _, _) =>
            {
                Sum += shipment.Weight;
                return default;
            }).Inline();
            filter(subscription, i == Subscriptions / 2 ? "A-5" : $"B-{i}");
        }
    });

    /// <summary>The event.</summary>
    public sealed record Shipment(string Id, string Country, int Weight);
}
