using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace EventBus.Patterns.Benchmarks;

internal static class Program
{
    // Every benchmark once, in this process: tells that they run, and nothing about speed.
    private const string Smoke = "--smoke";

    public static int Main(string[] args)
    {
        if (args is ["--footprint"])
        {
            Footprint.Print();
            return 0;
        }

        bool isSmoke = args.Contains(Smoke);
        string[] others = [.. args.Where(static each => each != Smoke)];
        IConfig? config = isSmoke
            ? DefaultConfig.Instance.AddJob(Job.Dry.WithToolchain(InProcessEmitToolchain.Instance))
            : null;
        if (isSmoke && others.Length == 0)
        {
            others = ["--filter", "*"];
        }

        Summary[] summaries = [.. BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(others, config)];
        bool failed = summaries.Any(static summary =>
            summary.HasCriticalValidationErrors
            || summary.Reports.Length < summary.BenchmarksCases.Length
            || summary.Reports.Any(static report => !report.Success));
        return failed || (isSmoke && summaries.Length == 0) ? 1 : 0;
    }
}
