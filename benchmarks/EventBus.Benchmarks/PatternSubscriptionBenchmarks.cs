using BenchmarkDotNet.Attributes;
using EventBus.Benchmarks.Peers;

namespace EventBus.Benchmarks;

/// <summary>One event that one of N inline subscriptions wants: by patterns, which are looked up, and by predicates, which are asked.</summary>
[MemoryDiagnoser]
public class PatternSubscriptionBenchmarks
{
    private readonly Shipment _event = new("A-5", "SE", 640);
    private BenchmarkBus _bus = null!;
    private IEventPublisher<Shipment> _publisher = null!;

    [Params(1, 10, 1_000, 10_000)]
    public int Subscriptions { get; set; }

    /// <summary>What the handlers do: something, and as little as possible.</summary>
    public long Sum { get; private set; }

    [GlobalSetup(Target = nameof(Matching))]
    public void SetUpPatterns() =>
        SetUp(static (subscription, id) => subscription.Matching($$"""{ "id": ["{{id}}"] }"""));

    [GlobalSetup(Target = nameof(Where))]
    public void SetUpPredicates() =>
        SetUp(static (subscription, id) => subscription.Where(shipment => shipment.Id == id));

    [GlobalCleanup]
    public async Task CleanUp() => await _bus.DisposeAsync();

    [Benchmark(Baseline = true)]
    public void Matching() => _publisher.PublishAsync(_event).End();

    [Benchmark]
    public void Where() => _publisher.PublishAsync(_event).End();

    private void SetUp(Action<SubscriptionBuilder<Shipment>, string> filter)
    {
        _bus = new BenchmarkBus(bus =>
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
        _publisher = _bus.PublisherOf<Shipment>();
    }

    /// <summary>The event.</summary>
    public sealed record Shipment(string Id, string Country, int Weight);
}
