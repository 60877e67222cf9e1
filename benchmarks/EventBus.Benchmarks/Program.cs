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
                return BenchmarkRun.Of(typeof(Program), args);
        }
    }
}
