using BenchmarkDotNet.Attributes;

namespace EventBus.Patterns.Benchmarks;

/// <summary>A hundred thousand rules read and added to a set, for one rule.</summary>
[MemoryDiagnoser]
public class AddBenchmarks
{
    private const int Rules = 100_000;

    public static IEnumerable<string> Kinds => BusRules.Names.Where(static kind => kind != "LeadingWildcard");

    [ParamsSource(nameof(Kinds))]
    public string Kind { get; set; } = "";

    [Benchmark(Baseline = true, OperationsPerInvoke = Rules)]
    public int Parse() => BusRules.Patterns(Kind, Rules).Length;

    [Benchmark(OperationsPerInvoke = Rules)]
    public int ParseAndAdd() => BusRules.Set(Kind, Rules).Count;
}
