using System.Diagnostics;
using System.Globalization;
using EventBus.Benchmarks.Handling;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Benchmarks.Startup;

/// <summary>One start, in a process that has done nothing before.</summary>
internal static class OneStart
{
    private const int Handlers = 10;

    /// <summary>Prints the milliseconds of each part on one line: to register, to build, to publish the first event.</summary>
    public static async Task PrintAsync(IProgram program)
    {
        long start = Stopwatch.GetTimestamp();
        ServiceCollection services = new();
        Tally tally = new();
        services.AddSingleton(tally);
        AddFor<Zero>(program, services, tally);
        AddFor<One>(program, services, tally);
        AddFor<Two>(program, services, tally);
        AddFor<Three>(program, services, tally);
        long registered = Stopwatch.GetTimestamp();
        await using ServiceProvider provider = services.BuildServiceProvider();
        long built = Stopwatch.GetTimestamp();
        await program.PublishAsync(provider, new Started<Mark<Two, Two, Zero>>(1));
        long published = Stopwatch.GetTimestamp();
        if (tally.Count != Handlers)
        {
            throw new InvalidOperationException($"Of {Handlers} handlers {tally.Count} ran.");
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Milliseconds(start, registered)} {Milliseconds(registered, built)} {Milliseconds(built, published)}"));
    }

    private static void AddFor<THigh>(IProgram program, IServiceCollection services, Tally tally)
    {
        program.Add<Started<Mark<THigh, Zero, Zero>>>(services, tally);
        program.Add<Started<Mark<THigh, One, Zero>>>(services, tally);
        program.Add<Started<Mark<THigh, Two, Zero>>>(services, tally);
        program.Add<Started<Mark<THigh, Three, Zero>>>(services, tally);
        program.Add<Started<Mark<THigh, Zero, One>>>(services, tally);
    }

    private static double Milliseconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
}
