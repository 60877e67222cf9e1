using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace EventBus.Benchmarks.Comparing;

/// <summary>The comparison that the README shows: inline, inline with handlers that yield, and through a queue.</summary>
internal static class Comparison
{
    private static readonly Type[] Classes =
        [typeof(InlinePublishBenchmarks), typeof(YieldingHandlerBenchmarks), typeof(QueuedPeersBenchmarks)];

    /// <summary>Measures, prints the table and writes the chart.</summary>
    /// <returns>The exit code: 0 unless a benchmark failed.</returns>
    public static int Run(string chart)
    {
        // The table is to be the only thing printed; what the benchmarks say is of interest only if one fails.
        AccumulationLogger log = new();
        IConfig config = ManualConfig.CreateEmpty()
            .AddLogger(log)
            .AddEventProcessor(new Progress())
            .AddFilter(new SimpleFilter(static benchmark => ScenarioOf(benchmark) is not null))
            .AddJob(Job.Default
                .WithToolchain(InProcessEmitToolchain.Instance)
                .WithWarmupCount(5)
                .WithIterationCount(10)
                .WithIterationTime(TimeInterval.FromMilliseconds(100)))
            .WithOptions(ConfigOptions.DisableLogFile);
        Summary[] summaries = [.. Classes.Select(type => BenchmarkRunner.Run(type, config))];
        if (BenchmarkRun.HasFailed(summaries))
        {
            Console.Error.WriteLine(log.GetLog());
            return 1;
        }

        Show(summaries, chart);
        return 0;
    }

    /// <summary>Prints the table and writes the chart of what was measured; other benchmarks than the comparison's are passed over.</summary>
    public static void Show(IEnumerable<Summary> summaries, string chart)
    {
        Entry[] entries = [.. summaries
            .SelectMany(static summary => summary.Reports)
            .Where(static report => ScenarioOf(report.BenchmarkCase) is not null)
            .Select(EntryOf)];
        Table.Print(entries);
        File.WriteAllText(chart, Chart.Draw(entries));
    }

    private static Entry EntryOf(BenchmarkReport report) => new(
        ScenarioOf(report.BenchmarkCase)!,
        report.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\''),
        report.BenchmarkCase.Descriptor.Categories.Single(),
        report.BenchmarkCase.Descriptor.Baseline,
        report.ResultStatistics!.Median,
        report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0);

    /// <summary>The comparison's name for what is measured, or null for what is not part of it.</summary>
    private static string? ScenarioOf(BenchmarkCase benchmark)
    {
        Type type = benchmark.Descriptor.Type;
        object? parameter = benchmark.Parameters.Items.Count > 0 ? benchmark.Parameters.Items[0].Value : null;
        return (parameter, type.Name) switch
        {
            (1, nameof(InlinePublishBenchmarks)) => "1 handler",
            (int handlers, nameof(InlinePublishBenchmarks)) => $"{handlers} handlers",
            (1, nameof(YieldingHandlerBenchmarks)) => "1 handler that yields",
            (int handlers, nameof(YieldingHandlerBenchmarks)) => $"{handlers} handlers that yield",
            (1, nameof(QueuedPeersBenchmarks)) => "through a queue",
            _ => null,
        };
    }
}
