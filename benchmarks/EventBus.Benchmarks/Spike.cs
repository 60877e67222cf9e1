using System.Diagnostics;
using System.Diagnostics.Metrics;
using EventBus.Benchmarks.Handling;
using EventBus.Benchmarks.Peers;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Rebus.Activation;
using Rebus.Config;
using Rebus.Transport.InMem;
using System.Reactive.Subjects;
using System.Reactive.Linq;
using System.Reactive.Concurrency;
using Wolverine;

namespace EventBus.Benchmarks;

public sealed class MtConsumer<TMark, TWork> : IConsumer<Measured> where TMark : struct where TWork : struct, IWork
{
    public Task Consume(ConsumeContext<Measured> context) => Handler<TMark, TWork>.Shared.HandleAsync(context.Message, default).AsTask();
}
public sealed class Down { public int Left; public TaskCompletionSource Done = new(TaskCreationOptions.RunContinuationsAsynchronously); public void Signal() { if (Interlocked.Decrement(ref Left) == 0) Done.SetResult(); } 
  public void Start(int n) { Left = n; Done = new(TaskCreationOptions.RunContinuationsAsynchronously); } }
public sealed class MtDown(Down down) : IConsumer<Measured> { public Task Consume(ConsumeContext<Measured> context) { down.Signal(); return Task.CompletedTask; } }
public static class WolvDown { public static void Handle(Measured e, Down down) => down.Signal(); }

internal static class Spike
{
    public static async Task RunAsync()
    {
        var names = new HashSet<string>();
        using ActivityListener l = new() { ShouldListenTo = s => true, Sample = (ref ActivityCreationOptions<ActivityContext> o) => ActivitySamplingResult.AllDataAndRecorded, ActivityStopped = a => { lock(names) names.Add("act " + a.Source.Name + " " + a.OperationName); } };
        ActivitySource.AddActivityListener(l);
        using MeterListener m = new() { InstrumentPublished = (i, ml) => { ml.EnableMeasurementEvents(i); lock(names) names.Add("meter " + i.Meter.Name + " " + i.Name);} };
        m.Start();
        void Show(string t) { lock(names) { Console.WriteLine($"== {t}: " + string.Join("; ", names.Where(n => !n.Contains("System.") && !n.Contains("Microsoft")).Order())); names.Clear(); } }
        Audience a = Audience.Of<Counting>(4);
        {
            Stopwatch w = Stopwatch.StartNew();
            ServiceCollection services = new();
            DependencyInjectionRegistrationExtensions.AddMediator(services, x => { foreach (var h in a.Handlers) x.AddConsumer(h.As(typeof(MtConsumer<,>))); });
            await using var p = services.BuildServiceProvider();
            var mediator = p.GetRequiredService<MassTransit.Mediator.IMediator>();
            Console.WriteLine(w.Elapsed);
            await mediator.Publish(a.Next());
            Console.WriteLine(w.Elapsed);
            a.Check();
            Show("mt mediator");
        }
        Down down = new();
        {
            Stopwatch w = Stopwatch.StartNew();
            ServiceCollection services = new();
            services.AddLogging();
            services.AddSingleton(down);
            services.AddMassTransit(x => { x.AddConsumer<MtDown>(); x.UsingInMemory((context, cfg) => { cfg.ConfigureEndpoints(context); }); });
            await using var p = services.BuildServiceProvider();
            var control = p.GetRequiredService<IBusControl>();
            await control.StartAsync();
            Console.WriteLine(w.Elapsed);
            for (int r = 0; r < 6; r++) {
            w.Restart();
            down.Start(2000);
            for (int i = 0; i < 2000; i++) await control.Publish(a.Next());
            await down.Done.Task;
            Console.WriteLine("mt " + w.Elapsed.TotalMicroseconds / 2000); }
            await control.StopAsync();
            Show("mt inmem");
        }
        {
            Stopwatch w = Stopwatch.StartNew();
            HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
            builder.Services.AddSingleton(down);
            builder.UseWolverine(o => { o.Discovery.DisableConventionalDiscovery().IncludeType(typeof(WolvDown)); });
            using IHost host = builder.Build();
            await host.StartAsync();
            Console.WriteLine(w.Elapsed);
            var bus = host.MessageBus();
            for (int r = 0; r < 6; r++) {
            w.Restart();
            down.Start(2000);
            for (int i = 0; i < 2000; i++) await bus.PublishAsync(a.Next());
            await down.Done.Task;
            Console.WriteLine("wolv " + w.Elapsed.TotalMicroseconds / 2000); }
            await host.StopAsync();
            Show("wolverine");
        }
        {
            Stopwatch w = Stopwatch.StartNew();
            using BuiltinHandlerActivator act = new();
            act.Handle<Measured>(e => { down.Signal(); return Task.CompletedTask; });
            var bus = Configure.With(act).Logging(x => x.None()).Transport(t => t.UseInMemoryTransport(new InMemNetwork(), "q")).Start();
            await bus.Subscribe<Measured>();
            Console.WriteLine(w.Elapsed);
            for (int r = 0; r < 6; r++) {
            w.Restart();
            down.Start(2000);
            for (int i = 0; i < 2000; i++) await bus.Publish(a.Next());
            await down.Done.Task;
            Console.WriteLine("rebus " + w.Elapsed.TotalMicroseconds / 2000); }
            Show("rebus");
        }
        {
            Subject<Measured> s = new(); using EventLoopScheduler loop = new();
            Stopwatch w = Stopwatch.StartNew();
            using var x = s.ObserveOn(loop).Subscribe(e => down.Signal());
            for (int r = 0; r < 6; r++) {
            w.Restart();
            down.Start(200000);
            for (int i = 0; i < 200000; i++) s.OnNext(a.Next());
            await down.Done.Task;
            Console.WriteLine("rx " + w.Elapsed.TotalMicroseconds / 200000); }
        }
    }
}
