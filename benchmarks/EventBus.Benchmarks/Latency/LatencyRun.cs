using System.Globalization;
using EventBus.Benchmarks.Peers;

namespace EventBus.Benchmarks.Latency;

/// <summary>How long an event takes from the publish to its handler, while events come at an even pace and nothing is under strain.</summary>
internal static class LatencyRun
{
    private const int EventsPerSecond = 10_000;
    private const int Capacity = 8_192;

    /// <summary>Prints a table. The contestants take turns, so that what disturbs the machine disturbs all of them.</summary>
    /// <param name="rounds">How often each has its turn; there is one more to warm up.</param>
    /// <param name="events">Events of one turn.</param>
    public static async Task PrintAsync(int rounds, int events)
    {
        (string Name, Func<Probe, Task> Turn, List<double> Latencies)[] contestants =
        [
            ("bounded Channel, one reader", TakeChannelTurnAsync, []),
            ("TypedEventBus, MaxConcurrency = 1", static probe => TakeBusTurnAsync(probe, 1), []),
            ("TypedEventBus, default concurrency", static probe => TakeBusTurnAsync(probe, null), []),
        ];
        for (int round = 0; round <= rounds; round++)
        {
            foreach (var (_, turn, latencies) in contestants)
            {
                Probe probe = new(events);
                await turn(probe);
                if (round > 0)
                {
                    latencies.AddRange(probe.Microseconds());
                }
            }
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Publish to handler in microseconds, {EventsPerSecond:N0} events a second, {rounds} turns of {events:N0} events each"));
        Console.WriteLine();
        Console.WriteLine("| | p50 | p99 | p99.9 | max |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var (name, _, latencies) in contestants)
        {
            latencies.Sort();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {At(latencies, 0.5):N1} | {At(latencies, 0.99):N1} | {At(latencies, 0.999):N1} | {latencies[^1]:N1} |"));
        }
    }

    private static async Task TakeChannelTurnAsync(Probe probe)
    {
        await using var channel = ChannelPeer.Bounded(probe.Handle, Capacity);
        await probe.RunAsync(channel.Writer, EventsPerSecond);
    }

    private static async Task TakeBusTurnAsync(Probe probe, int? maxConcurrency)
    {
        await using var bus = BenchmarkBus.Queued(probe.Handle, Capacity, maxConcurrency);
        await probe.RunAsync(bus.Publisher, EventsPerSecond);
    }

    private static double At(List<double> sorted, double share) => sorted[(int)(share * (sorted.Count - 1))];
}
