using EventBus.Benchmarks;

namespace EventBus.Patterns.Benchmarks;

internal static class Program
{
    public static int Main(string[] args)
    {
        if (args is ["--footprint"])
        {
            Footprint.Print();
            return 0;
        }

        return BenchmarkRun.Of(typeof(Program), args);
    }
}
