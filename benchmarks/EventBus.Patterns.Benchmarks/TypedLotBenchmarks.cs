using BenchmarkDotNet.Attributes;

namespace EventBus.Patterns.Benchmarks;

/// <summary>One object against five rules of a kind, with no JSON in between.</summary>
/// <remarks>A thousand objects in turn: an event that is published was just made, so it lies in the cache, as these do.</remarks>
[MemoryDiagnoser]
public class TypedLotBenchmarks
{
    private const int Objects = 1_000;

    private readonly Lot[] _lots = Lots.Some(Objects);
    private readonly List<string> _matches = [];
    private EventPatternSet<string, Lot> _set = null!;

    public static IEnumerable<string> Kinds => LotRules.Names;

    [ParamsSource(nameof(Kinds))]
    public string Kind { get; set; } = "";

    [GlobalSetup]
    public void Setup() => _set = LotRules.Set(Kind).For<Lot>();

    [Benchmark(OperationsPerInvoke = Objects)]
    public long Match()
    {
        long matches = 0;
        foreach (Lot lot in _lots)
        {
            _matches.Clear();
            matches += _set.Match(lot, _matches);
        }

        return matches;
    }
}
