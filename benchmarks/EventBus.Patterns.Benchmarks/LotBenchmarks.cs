using System.Text.Json;
using BenchmarkDotNet.Attributes;

namespace EventBus.Patterns.Benchmarks;

/// <summary>One event of JSON against five rules of a kind, beside merely going through the event's tokens.</summary>
[MemoryDiagnoser]
public class LotBenchmarks
{
    // Made once for all kinds.
    private static readonly byte[][] Json = Lots.Json();

    private readonly List<string> _matches = [];
    private EventPatternSet<string> _set = new();

    public static IEnumerable<string> Kinds => LotRules.Names;

    [ParamsSource(nameof(Kinds))]
    public string Kind { get; set; } = "";

    [GlobalSetup]
    public void Setup() => _set = LotRules.Set(Kind);

    [Benchmark(Baseline = true, OperationsPerInvoke = Lots.Count)]
    public long EveryToken()
    {
        long tokens = 0;
        foreach (byte[] lot in Json)
        {
            Utf8JsonReader reader = new(lot);
            while (reader.Read())
            {
                tokens++;
            }
        }

        return tokens;
    }

    [Benchmark(OperationsPerInvoke = Lots.Count)]
    public long Match()
    {
        long matches = 0;
        foreach (byte[] lot in Json)
        {
            _matches.Clear();
            matches += _set.Match(lot, _matches);
        }

        return matches;
    }
}
