using BenchmarkDotNet.EventProcessors;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace EventBus.Benchmarks.Comparing;

/// <summary>Tells on the error stream which benchmark has ended, so that a person knows that something goes on.</summary>
internal sealed class Progress : EventProcessor
{
    public override void OnEndRunBenchmark(BenchmarkCase benchmarkCase, BenchmarkReport report) =>
        Console.Error.WriteLine(benchmarkCase.DisplayInfo);
}
