using CsCheck;
using EventBus.DeadLettering;
using EventBus.Diagnostics;
using EventBus.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventBus.Tests.Simulation;

/// <summary>An idempotent subscription under random failures, redrives and shutdowns, beside a model that is a line for each key.</summary>
public sealed class IdempotencySimulation
{
    [Fact]
    public void Key_UnderRandomFailuresAndSchedules_RunsAloneAndNotAgainWhileItIsDone() =>
        IdempotencyPlan.Generator.Sample(plan => _ = Simulate(plan), iter: 1_000, threads: 1);

    [Fact]
    public void Simulation_OfOneSeed_ReplaysIdentically() =>
        IdempotencyPlan.Generator.Sample(plan => Assert.Equal(Simulate(plan), Simulate(plan)), iter: 50, threads: 1);

    private static IReadOnlyList<string> Simulate(IdempotencyPlan plan)
    {
        SimulatedScheduler scheduler = new(plan.Seed);
        using Run run = new(scheduler, plan);
        scheduler.Run(run.RunAsync, run.Check);
        Assert.False(scheduler.HasEscaped, "Something ran outside the simulation.");
        return scheduler.Trace;
    }

    private sealed class Run : IDeliveryObserver, IDisposable
    {
        private readonly SimulatedScheduler _scheduler;
        private readonly IdempotencyPlan _plan;
        private readonly ServiceProvider _services;
        private readonly IEventBus _bus;
        private readonly IDeadLetters _letters;
        private readonly IEventBusMonitor _monitor;

        // The model: whether a handler runs, and until when the key is done.
        private readonly HashSet<int> _running = [];
        private readonly Dictionary<int, DateTimeOffset> _doneUntil = [];

        // Events whose handler was called in the delivery under way.
        private readonly HashSet<int> _handled = [];
        private int _published;
        private int _successes;

        public Run(SimulatedScheduler scheduler, IdempotencyPlan plan)
        {
            _scheduler = scheduler;
            _plan = plan;
            ServiceCollection services = new();
            services.AddSingleton<TimeProvider>(scheduler.Clock);
            services.AddSingleton<IDeliveryObserver>(this);
            services.AddEventBus(builder => plan.Apply(builder
                .Subscribe<KeyedEvent>("s", HandleAsync).Idempotent(SelectKey, TimeSpan.FromSeconds(plan.TimeToLive))));
            services.Select(each => each.ImplementationInstance).OfType<BusRegistrations>().Single().Jitter = scheduler.Random.NextDouble;
            _services = services.BuildServiceProvider();
            _bus = _services.GetRequiredService<IEventBus>();
            _letters = _services.GetRequiredService<IDeadLetters>();
            _monitor = _services.GetRequiredService<IEventBusMonitor>();
        }

        public async Task RunAsync()
        {
            Task[] publishers = [.. Enumerable.Range(0, _plan.Publishers).Select(_ => PublishAsync())];
            Task redriving = _plan.Redrives ? RedriveAsync() : Task.CompletedTask;
            if (_plan.StopsEarly)
            {
                await StopAsync(TimeSpan.FromMilliseconds(_scheduler.Random.Next(3_000)), TimeSpan.FromMilliseconds(_scheduler.Random.Next(3_000)));
                await Task.WhenAll(publishers);
                await redriving;
            }
            else
            {
                await Task.WhenAll(publishers);
                await redriving;
                await StopAsync(TimeSpan.Zero, TimeSpan.FromHours(1));
            }

            DeliveryCounts total = _monitor.GetStatistics().Total;
            Assert.Equal(0, total.Pending);
            Assert.Equal(total.Accepted, total.Succeeded + total.DeadLettered);
            Assert.Equal(_successes, total.Succeeded - total.Duplicates);
            Assert.Empty(_running);
            _scheduler.Note($"end {total}");
        }

        /// <summary>What must hold between any two steps.</summary>
        public void Check()
        {
            DeliveryCounts counts = _monitor.GetStatistics().Total;
            Assert.True(counts.IsConserved, counts.ToString());
            Assert.True(counts is { Queued: >= 0, Running: >= 0, WaitingForRetry: >= 0 }, counts.ToString());
        }

        public void Observe(in DeliveryObservation observation)
        {
            var @event = (KeyedEvent)observation.Event;
            _scheduler.Note($"{observation.Stage} {@event} {observation.Attempt} {observation.Reason}");
            if (observation.Stage == DeliveryStage.DeadLettered)
            {
                _handled.Remove(@event.Number);
            }

            if (observation.Stage != DeliveryStage.Succeeded)
            {
                return;
            }

            bool isDone = _doneUntil.TryGetValue(@event.Key, out DateTimeOffset until) && until > _scheduler.Clock.GetUtcNow();
            if (_handled.Remove(@event.Number))
            {
                Assert.False(isDone, $"{@event} has succeeded while its key was done.");
                _successes++;
                _doneUntil[@event.Key] = _scheduler.Clock.GetUtcNow() + TimeSpan.FromSeconds(_plan.TimeToLive);
            }
            else
            {
                Assert.True(isDone, $"{@event} was skipped while its key was not done.");
            }
        }

        public void Dispose() => _services.Dispose();

        private int SelectKey(KeyedEvent @event) => _plan.SelectorFails && _scheduler.Random.Next(5) == 0
            ? throw new FormatException("no key")
            : @event.Key;

        private async Task PublishAsync()
        {
            for (int i = 0; i < _plan.EventsEach; i++)
            {
                try
                {
                    using CancellationTokenSource cancellation = new(
                        TimeSpan.FromMilliseconds(_plan.CancelsSome ? _scheduler.Random.Next(1, 4_000) : 10_000_000), _scheduler.Clock);
                    await _bus.PublishAsync(new KeyedEvent(_scheduler.Random.Next(_plan.Keys), _published++, 0), cancellation.Token);
                }
                catch (Exception exception) when (exception is EventBusStoppedException or OperationCanceledException)
                {
                    _scheduler.Note($"refused {exception.GetType().Name}");
                }

                await Task.Delay(TimeSpan.FromMilliseconds(_scheduler.Random.Next(400)), _scheduler.Clock);
            }
        }

        private async Task RedriveAsync()
        {
            for (int i = 0; i < 10; i++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(_scheduler.Random.Next(2_000)), _scheduler.Clock);
                try
                {
                    await _letters.RedriveAsync(new DeadLetterQuery { Limit = 3 });
                }
                catch (EventBusStoppedException)
                {
                    return;
                }
            }
        }

        private async Task StopAsync(TimeSpan after, TimeSpan patience)
        {
            await Task.Delay(after, _scheduler.Clock);
            using CancellationTokenSource deadline = new(patience, _scheduler.Clock);
            await _services.GetServices<IHostedService>().Single().StopAsync(deadline.Token);
            _scheduler.Note("stopped");
        }

        private async ValueTask HandleAsync(KeyedEvent @event, EventContext context, CancellationToken cancellationToken)
        {
            _scheduler.Note($"handle {@event} {context.Attempt}");
            DateTimeOffset now = _scheduler.Clock.GetUtcNow();
            Assert.True(_running.Add(@event.Key), $"Two handlers of key {@event.Key} run at once.");
            Assert.False(_doneUntil.TryGetValue(@event.Key, out DateTimeOffset until) && until > now, $"{@event} runs while its key is done.");
            _handled.Add(@event.Number);
            try
            {
                switch (_plan.Behaviours[_scheduler.Random.Next(_plan.Behaviours.Count)])
                {
                    case KeyedBehaviour.SucceedLater:
                        await Task.Delay(TimeSpan.FromMilliseconds(_scheduler.Random.Next(300)), _scheduler.Clock, cancellationToken);
                        return;
                    case KeyedBehaviour.Throw:
                        throw new InvalidOperationException("now");
                    case KeyedBehaviour.ThrowLater:
                        await Task.Yield();
                        throw new InvalidOperationException("later");
                    case KeyedBehaviour.Hang:
                        await Task.Delay(Timeout.InfiniteTimeSpan, _scheduler.Clock, cancellationToken);
                        return;
                    case KeyedBehaviour.PublishItsKey when @event.Depth < 2:
                        await _bus.PublishAsync(new KeyedEvent(@event.Key, _published++, @event.Depth + 1), cancellationToken);
                        return;
                    default:
                        return;
                }
            }
            finally
            {
                _running.Remove(@event.Key);
            }
        }
    }
}
