using EventBus.DeadLettering;
using EventBus.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventBus.Tests.Simulation;

/// <summary>Two that meet in a queue, in the orders that come of few changes of priority at any of their steps.</summary>
/// <remarks>
/// A step is what runs between two awaits: what meets inside a lock is for the tests on real threads beside the queue's own.
/// </remarks>
public sealed class RaceSimulation
{
    private const string Name = "steps";
    private const int Seeds = 2_000;

    private sealed record Step(int Number);

    [Fact]
    public void Publish_AgainstDispose_LosesNothingAndCallsNoHandlerAfterwards() => Race(static _ => { }, static async stand =>
    {
        int handled = 0;
        bool hasEnded = false;
        IEventSubscription guest = stand.Bus.Subscribe<Step>("guest", async (_, _, _) =>
        {
            stand.Expect(!hasEnded, "A handler was called after its subscription had ended.");
            await Task.Yield();
            handled++;
        });

        async Task DisposeAsync()
        {
            await Task.Yield();
            await guest.DisposeAsync();
            hasEnded = true;
        }

        await Task.WhenAll(stand.PublishAsync(3), DisposeAsync());

        DeliveryCounts total = stand.Monitor.GetStatistics().Total;
        stand.Expect(total.Pending == 0 && total.Succeeded == handled, $"{total}, {handled} handled");
    });

    [Fact]
    public void Drain_AgainstPublish_PausesAtRestAndLosesNothing()
    {
        int handled = 0;
        Race(
            builder => builder.Subscribe<Step>(Name, async (_, _, _) =>
            {
                await Task.Yield();
                handled++;
            }),
            async stand =>
            {
                handled = 0;
                async Task DrainAsync()
                {
                    await Task.Yield();
                    await stand.Control.DrainAsync(Name);
                }

                await Task.WhenAll(stand.PublishAsync(3), DrainAsync());

                DeliveryCounts counts = stand.Monitor.GetStatistics()[Name];
                stand.Expect(counts.Accepted == 3 && counts.Pending == counts.Queued, $"Drained: {counts}");
                stand.Control.Resume(Name);
                await stand.SettleAsync();
                stand.Expect(handled == 3, $"{handled} of 3 events were handled.");
            });
    }

    [Fact]
    public void Park_AgainstRedrive_KeepsTheOrder()
    {
        List<int> handled = [];
        bool fails = true;
        Race(
            builder => builder.UseDeadLetterStore<YieldingLetters>().Subscribe<Step>(Name, async (step, _, _) =>
            {
                await Task.Yield();
                if (step.Number == 0 && fails)
                {
                    throw new InvalidOperationException("not now");
                }

                handled.Add(step.Number);
            }).InOrder(AfterDeadLetter.Park).Retry(RetryPreset.None),
            async stand =>
            {
                handled.Clear();
                fails = true;
                async Task RedriveAsync()
                {
                    // Once the first is known to be a letter: it is the order behind it that races.
                    while (stand.Monitor.GetStatistics()[Name].DeadLettered == 0)
                    {
                        await Task.Delay(TimeSpan.FromMilliseconds(1), stand.Clock);
                    }

                    fails = false;
                    await stand.Letters.RedriveAsync(new DeadLetterQuery { Reason = DeadLetterReason.RetriesExhausted });
                }

                await Task.WhenAll(stand.PublishAsync(4), RedriveAsync());
                await stand.SettleAsync();
                stand.Expect(handled.SequenceEqual([0, 1, 2, 3]), string.Join(',', handled));
            });
    }

    [Fact]
    public void Pause_AgainstShutdown_LeavesNothingPending()
    {
        int handled = 0;
        Race(
            builder => builder.Subscribe<Step>(Name, async (_, _, _) =>
            {
                await Task.Yield();
                handled++;
            }),
            async stand =>
            {
                handled = 0;
                await stand.PublishAsync(3);
                async Task PauseAsync()
                {
                    await Task.Yield();
                    stand.Control.Pause(Name);
                }

                await Task.WhenAll(PauseAsync(), stand.StopAsync());

                DeliveryCounts counts = stand.Monitor.GetStatistics()[Name];
                stand.Expect(counts is { Accepted: 3, Pending: 0 } && counts.Succeeded == handled, $"{counts}, {handled} handled");
            });
    }

    private static void Race(Action<EventBusBuilder> configure, Func<Stand, Task> race)
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            SimulatedScheduler scheduler = new(seed, priorityChanges: 1 + (seed % 4));
            using Stand stand = new(scheduler, configure);
            try
            {
                scheduler.Run(() => race(stand), stand.Check);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Assert.Fail($"Seed {seed}: {exception.Message}");
            }

            Assert.False(scheduler.HasEscaped, $"Seed {seed}: something ran outside the simulation.");
        }
    }

    private sealed class Stand : IDisposable
    {
        private readonly ServiceProvider _services;
        private string? _defect;

        public Stand(SimulatedScheduler scheduler, Action<EventBusBuilder> configure)
        {
            Clock = scheduler.Clock;
            ServiceCollection services = new();
            services.AddSingleton<TimeProvider>(scheduler.Clock);
            services.AddEventBus(configure);
            _services = services.BuildServiceProvider();
            Bus = _services.GetRequiredService<IEventBus>();
            Monitor = _services.GetRequiredService<IEventBusMonitor>();
            Control = _services.GetRequiredService<ISubscriptionControl>();
            Letters = _services.GetRequiredService<IDeadLetters>();
        }

        public TimeProvider Clock { get; }

        public IEventBus Bus { get; }

        public IEventBusMonitor Monitor { get; }

        public ISubscriptionControl Control { get; }

        public IDeadLetters Letters { get; }

        // Kept for the next step: inside a handler it would be taken for the handler's failure.
        public void Expect(bool isTrue, string defect) => _defect ??= isTrue ? null : defect;

        public void Check()
        {
            Assert.Null(_defect);
            Assert.All(Monitor.GetStatistics().Subscriptions, static each => Assert.True(each.Counts.IsConserved, $"{each}"));
        }

        public async Task PublishAsync(int events)
        {
            for (int i = 0; i < events; i++)
            {
                await Bus.PublishAsync(new Step(i));
                await Task.Yield();
            }
        }

        public async Task SettleAsync()
        {
            int quiet = 0;
            while (quiet++ < 3)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), Clock);
                quiet = Monitor.GetStatistics().Total.Pending == 0 ? quiet : 0;
            }
        }

        public Task StopAsync() => _services.GetServices<IHostedService>().Single().StopAsync(CancellationToken.None);

        public void Dispose()
        {
            Check();
            _services.Dispose();
        }
    }
}
