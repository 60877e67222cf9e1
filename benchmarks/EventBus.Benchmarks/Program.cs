using System.Diagnostics;
using EventBus.Benchmarks.Handling;
using EventBus.Benchmarks.Peers;
namespace EventBus.Benchmarks;

internal static class Program
{
    public static int Main(string[] args)
    {
        if (args is ["y"]) { Spike.RunAsync().Wait(); return 0; }
        if (args is ["x"])
        {
            foreach (int n in new[]{1,4,64}) {
            Audience a = Audience.Of<Counting>(n);
            using (MediatorPeer m = new(a.Handlers)) { m.Concrete.Publish(a.Next()).AsTask().Wait(); m.Publisher.Publish(a.Next()).AsTask().Wait(); a.Check(); }
            Stopwatch w = Stopwatch.StartNew();
            WolverinePeer p = new(a.Handlers);
            Console.WriteLine(w.Elapsed);
            p.Bus.InvokeAsync(a.Next()).Wait();
            Console.WriteLine(w.Elapsed);
            a.Check();
            p.DisposeAsync().AsTask().Wait();
            Console.WriteLine(w.Elapsed);
            }
            return 0;
        }
         return BenchmarkRun.Of(typeof(Program), args);
    }
}
