using System.Diagnostics;
using System.Globalization;

namespace EventBus.Benchmarks.Startup;

/// <summary>What a start costs in fresh processes, where every method is compiled for the first time.</summary>
internal static class StartupRun
{
    /// <summary>Asks a process for one start; the program's name follows.</summary>
    public const string Child = "--startup-once";

    private static readonly (string Name, string Argument, Func<IProgram> Make)[] Programs =
    [
        ("the container alone", "container", static () => new ContainerProgram()),
        ("TypedEventBus", "bus", static () => new BusProgram()),
    ];

    /// <summary>Prints a table of medians. The programs take turns.</summary>
    public static void Print(int processes)
    {
        Dictionary<string, List<double[]>> starts = Programs.ToDictionary(static program => program.Name, static _ => new List<double[]>());
        for (int i = 0; i < processes; i++)
        {
            foreach ((string name, string argument, _) in Programs)
            {
                starts[name].Add(StartProcess(argument));
            }
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Milliseconds, median of {processes} processes: 200 subscriptions of 20 event types, then the first event to ten of them"));
        Console.WriteLine();
        Console.WriteLine("| | register | build | first publish | together |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach ((string name, List<double[]> parts) in starts)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {Median(parts, static part => part[0]):N1} | {Median(parts, static part => part[1]):N1} | {Median(parts, static part => part[2]):N1} | {Median(parts, static part => part.Sum()):N1} |"));
        }
    }

    /// <summary>Does one start here.</summary>
    public static Task StartHereAsync(string argument) =>
        OneStart.PrintAsync(Programs.Single(program => program.Argument == argument).Make());

    private static double[] StartProcess(string argument)
    {
        string host = Environment.ProcessPath!;
        ProcessStartInfo start = new(host) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(host) == "dotnet")
        {
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        start.ArgumentList.Add(Child);
        start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? [.. output.Split(' ').Select(static part => double.Parse(part, CultureInfo.InvariantCulture))]
            : throw new InvalidOperationException($"A start of '{argument}' ended with exit code {process.ExitCode}: {output}");
    }

    private static double Median(List<double[]> parts, Func<double[], double> of)
    {
        double[] sorted = [.. parts.Select(of).Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
