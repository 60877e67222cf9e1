using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Filters;
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

    // What is larger takes long to set up, and runs by the same code.
    private const int LargestInSmoke = 10_000;

    /// <summary>Runs what the arguments ask for.</summary>
    /// <param name="program">A type of the assembly.</param>
    /// <param name="args">The program's arguments.</param>
    /// <param name="afterSmoke">What a smoke run does too, once all benchmarks have run.</param>
    /// <returns>The exit code: 0 unless a benchmark failed or none ran.</returns>
    public static int Of(Type program, string[] args, Action<IReadOnlyList<Summary>>? afterSmoke = null)
    {
        bool isSmoke = args.Contains(Smoke);
        string[] others = [.. args.Where(static each => each != Smoke)];
        IConfig? config = isSmoke
            ? DefaultConfig.Instance
                .AddJob(Job.Dry.WithToolchain(InProcessEmitToolchain.Instance))
                .AddFilter(new SimpleFilter(static benchmark =>
                    !benchmark.Parameters.Items.Any(static parameter => parameter.Value is > LargestInSmoke)))
            : null;
        bool isWhole = isSmoke && !others.Contains("--filter");
        if (isWhole)
        {
            others = [.. others, "--filter", "*"];
        }

        Summary[] summaries = [.. BenchmarkSwitcher.FromAssembly(program.Assembly).Run(others, config)];
        if (HasFailed(summaries) || (isSmoke && summaries.Length == 0))
        {
            return 1;
        }

        if (isWhole)
        {
            afterSmoke?.Invoke(summaries);
        }

        return 0;
    }

    /// <summary>Whether a benchmark of these did not give a figure.</summary>
    public static bool HasFailed(IEnumerable<Summary> summaries) => summaries.Any(static summary =>
        summary.HasCriticalValidationErrors
        || summary.Reports.Length < summary.BenchmarksCases.Length
        || summary.Reports.Any(static report => !report.Success));
}
