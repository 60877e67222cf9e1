using BenchmarkDotNet.Attributes;

namespace EventBus.Patterns.Benchmarks;

/// <summary>One event against few and against very many rules on the same fields: what do the rules cost that do not match?</summary>
/// <remarks>
/// JSON: ten thousand events in turn, so that most rules that are hit have to be fetched from memory first. Objects: a thousand, which stay in
/// the cache with the rules that they hit, as for an event that was just made.
/// </remarks>
[MemoryDiagnoser]
public class ScaleBenchmarks
{
    private const int Objects = 1_000;

    private readonly BusEvent[] _objects = BusEvents.Objects[..Objects];
    private readonly List<int> _matches = [];
    private EventPatternSet<int> _set = new();
    private EventPatternSet<int, BusEvent> _typed = null!;

    public static IEnumerable<string> Kinds => BusRules.Names;

    [ParamsSource(nameof(Kinds))]
    public string Kind { get; set; } = "";

    [Params(10, 1_000, 100_000)]
    public int Rules { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _set = BusRules.Set(Kind, Rules);
        _typed = _set.For<BusEvent>();
    }

    [Benchmark(OperationsPerInvoke = BusEvents.Count)]
    public long Json()
    {
        long matches = 0;
        foreach (byte[] each in BusEvents.Json)
        {
            _matches.Clear();
            matches += _set.Match(each, _matches);
        }

        return matches;
    }

    [Benchmark(OperationsPerInvoke = Objects)]
    public long Typed()
    {
        long matches = 0;
        foreach (BusEvent each in _objects)
        {
            _matches.Clear();
            matches += _typed.Match(each, _matches);
        }

        return matches;
    }
}
