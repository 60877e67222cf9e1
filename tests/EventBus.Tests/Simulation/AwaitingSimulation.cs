using EventBus.Awaiting;
using EventBus.Delivering;
using EventBus.Diagnostics;
using EventBus.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventBus.Tests.Simulation;

/// <summary>Waits, streams, requests and outcomes in every order that a seed can make, with a stop in the midst of them.</summary>
public sealed class AwaitingSimulation
{
    private sealed record Asked(int Number);

    private sealed record Answered(int Number);

    [Fact]
    public void Waits_UnderRandomSchedules_AllEnd_AndEveryOutcomeIsToldOnce()
    {
        HashSet<string> ways = [];
        for (int seed = 0; seed < 300; seed++)
        {
            ways.UnionWith(Run(seed));
        }

        // The orders that matter were met.
        Assert.Superset(
            new HashSet<string> { "answered", "TimeoutException", "EventBusStoppedException", "next", "late", "stream ended" }, ways);
    }

    [Fact]
    public void Simulation_OfOneSeed_ReplaysIdentically()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            Assert.Equal(Run(seed), Run(seed));
        }
    }

    private static IReadOnlyList<string> Run(int seed)
    {
        SimulatedScheduler scheduler = new(seed);
        List<Guid> told = [];
        IEventBus? self = null;
        ServiceCollection collection = new();
        collection.AddSingleton<TimeProvider>(scheduler.Clock);
        collection.AddEventBus(builder =>
        {
            builder.Subscribe<Asked>("answers", async (asked, _, token) =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(scheduler.Random.Next(1, 1_200)), scheduler.Clock, token);
                await self!.PublishAsync(new Answered(asked.Number), token);
            }).Retry(RetryPreset.None).Queue(queue => queue.MaxConcurrency = 2).OnSuccess().OnFailure();
            builder.Subscribe<DeliverySucceeded<Asked>>("told", (outcome, _, _) => Tell(outcome.Metadata)).Inline();
            builder.Subscribe<DeliveryFailed<Asked>>("failed", (outcome, _, _) => Tell(outcome.Metadata)).Inline();
        });
        using ServiceProvider services = collection.BuildServiceProvider();
        IEventBus bus = self = services.GetRequiredService<IEventBus>();
        IEventBusMonitor monitor = services.GetRequiredService<IEventBusMonitor>();

        ValueTask Tell(EventMetadata metadata)
        {
            told.Add(metadata.EventId);
            return default;
        }

        async Task RequestAsync(int number)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(scheduler.Random.Next(1, 500)), scheduler.Clock);
            await NoteAsync("answered", async () =>
                Assert.Equal(number, (await bus.RequestAsync<Answered>(new Asked(number), TimeSpan.FromSeconds(1))).Number));
        }

        async Task NextAsync(int number) => await NoteAsync("next", async () =>
            await bus.NextAsync<Answered>(answered => answered.Number == number, TimeSpan.FromSeconds(3)));

        async Task StreamAsync(StreamFullMode mode) => await NoteAsync("stream ended", async () =>
        {
            await foreach (Answered answered in bus.StreamAsync<Answered>(options: new() { Capacity = 1, FullMode = mode }))
            {
                scheduler.Note($"read {answered.Number}");
                await Task.Delay(TimeSpan.FromMilliseconds(scheduler.Random.Next(1, 300)), scheduler.Clock);
            }
        });

        async Task NoteAsync(string end, Func<Task> work)
        {
            try
            {
                await work();
                scheduler.Note(end);
            }
            catch (Exception exception) when (exception is TimeoutException or EventBusStoppedException or StreamOverflowException)
            {
                scheduler.Note(exception.GetType().Name);
            }
        }

        async Task RunAsync()
        {
            Task[] all =
            [
                .. Enumerable.Range(0, 6).Select(RequestAsync),
                NextAsync(1),
                NextAsync(99),
                StreamAsync((StreamFullMode)(seed % 4)),
            ];
            await Task.Delay(TimeSpan.FromMilliseconds(scheduler.Random.Next(1, 4_000)), scheduler.Clock);
            using CancellationTokenSource deadline = new(TimeSpan.FromMilliseconds(scheduler.Random.Next(1, 2_000)), scheduler.Clock);
            await services.GetServices<IHostedService>().Single().StopAsync(deadline.Token);
            foreach (Task each in all)
            {
                await each;
            }
        }

        void Check()
        {
            EventBusStatistics statistics = monitor.GetStatistics();
            Assert.True(statistics.Total.IsConserved, statistics.Total.ToString());
        }

        scheduler.Run(RunAsync, Check);

        EventBusStatistics end = monitor.GetStatistics();
        Assert.Equal(0, end.Total.Pending);
        Assert.Equal(told.Distinct().Count(), told.Count);
        if (end.LateReplies > 0)
        {
            scheduler.Note("late");
        }

        Assert.False(scheduler.HasEscaped, "Something ran outside the simulation.");
        return scheduler.Trace;
    }
}
