using BenchmarkDotNet.Reports;
using EventBus.Benchmarks.Comparing;
using EventBus.Benchmarks.Latency;
using EventBus.Benchmarks.Startup;

namespace EventBus.Benchmarks;

internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["--peers"]:
                return Comparison.Run("benchmarks/peers.svg");
            case ["--peers", string chart]:
                return Comparison.Run(chart);
            case ["--latency"]:
                await LatencyRun.PrintAsync(rounds: 5, events: 10_000);
                return 0;
            case ["--startup"]:
                StartupRun.Print(processes: 10);
                return 0;
            case [StartupRun.Child, string program]:
                await StartupRun.StartHereAsync(program);
                return 0;
            default:
                return BenchmarkRun.Of(typeof(Program), args, TryOtherModes);
        }
    }

    // What a smoke run adds to the benchmarks: the other modes, as small as can be.
    private static void TryOtherModes(IReadOnlyList<Summary> summaries)
    {
        Comparison.Show(summaries, Path.Combine(summaries[0].ResultsDirectoryPath, "peers.svg"));
        Console.WriteLine();
        LatencyRun.PrintAsync(rounds: 1, events: 200).GetAwaiter().GetResult();
        Console.WriteLine();
        StartupRun.Print(processes: 1);
    }
}
