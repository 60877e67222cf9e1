using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace EventBus.Benchmarks;

/// <summary>Runs the benchmarks of an assembly, as each benchmark program does.</summary>
internal static class BenchmarkRun
{
    // Every benchmark once, in this process: tells that they run, and nothing about speed.
    private const string Smoke = "--smoke";

    /// <summary>Runs what the arguments ask for.</summary>
    /// <returns>The exit code: 0 unless a benchmark failed or none ran.</returns>
    public static int Of(Type program, string[] args)
    {
        bool isSmoke = args.Contains(Smoke);
        string[] others = [.. args.Where(static each => each != Smoke)];
        IConfig? config = isSmoke
            ? DefaultConfig.Instance.AddJob(Job.Dry.WithToolchain(InProcessEmitToolchain.Instance))
            : null;
        if (isSmoke && others.Length == 0)
        {
            others = ["--filter", "*"];
        }

        Summary[] summaries = [.. BenchmarkSwitcher.FromAssembly(program.Assembly).Run(others, config)];
        bool failed = summaries.Any(static summary =>
            summary.HasCriticalValidationErrors
            || summary.Reports.Length < summary.BenchmarksCases.Length
            || summary.Reports.Any(static report => !report.Success));
        return failed || (isSmoke && summaries.Length == 0) ? 1 : 0;
    }
}
