namespace EventBus.Benchmarks;

internal static class Program
{
    public static int Main(string[] args) => BenchmarkRun.Of(typeof(Program), args);
}
