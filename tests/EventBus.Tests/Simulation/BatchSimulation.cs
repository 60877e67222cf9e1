using EventBus.DeadLettering;
using EventBus.Diagnostics;
using EventBus.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventBus.Tests.Simulation;

/// <summary>Random batches on the real bus, beside a model that knows for each event only how often it failed and what stands before it.</summary>
public sealed class BatchSimulation
{
    public static TheoryData<int> Parts() => [.. Enumerable.Range(0, 8)];

    [Theory]
    [MemberData(nameof(Parts))]
    public void Batches_OfAnyKind_EndEachEventOnceWithItsOwnAttemptsInTheOrderOfItsKey(int part)
    {
        for (int seed = part * 75; seed < (part + 1) * 75; seed++)
        {
            SimulatedScheduler scheduler = new(seed);
            using Shop shop = new(scheduler);
            try
            {
                scheduler.Run(shop.RunAsync, shop.Check);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed}: {exception.Message}\n{string.Join('\n', scheduler.Trace)}", exception);
            }

            Assert.False(scheduler.HasEscaped, "Something ran outside the simulation.");
        }
    }

    private sealed record Item(int Number, string? Key);

    private sealed class Shop : IDeliveryObserver, IDisposable
    {
        private readonly SimulatedScheduler _scheduler;
        private readonly ServiceProvider _services;
        private readonly IEventBus _bus;
        private readonly IEventBusMonitor _monitor;
        private readonly int _size;
        private readonly bool _isOrdered;
        private readonly bool _bisects;
        private readonly int _concurrency;
        private readonly int _retries;
        private readonly double _failures;
        private readonly bool _stopsEarly;
        private readonly List<Item> _published = [];
        private readonly Dictionary<int, int> _failed = [];
        private readonly Dictionary<int, DeliveryStage> _ended = [];
        private readonly List<string> _faults = [];
        private int _running;

        public Shop(SimulatedScheduler scheduler)
        {
            _scheduler = scheduler;
            Random random = scheduler.Random;
            _size = random.Next(1, 7);
            _isOrdered = random.Next(2) == 0;
            _bisects = random.Next(2) == 0;
            _concurrency = random.Next(1, 4);
            _retries = random.Next(0, 3);
            _failures = random.NextDouble() * 0.5;
            _stopsEarly = random.Next(4) == 0;
            var window = TimeSpan.FromMilliseconds(random.Next(3) * 300);
            bool parks = _isOrdered && random.Next(3) == 0;
            int capacity = random.Next(1, 12);
            scheduler.Note($"size {_size}, window {window}, ordered {_isOrdered}, parks {parks}, bisects {_bisects}, {_concurrency} at once, {_retries} retries");
            ServiceCollection services = new();
            services.AddSingleton<TimeProvider>(scheduler.Clock);
            services.AddSingleton<IDeliveryObserver>(this);
            services.AddEventBus(bus =>
            {
                SubscriptionBuilder<Item> builder = bus.SubscribeBatch<Item>("batches", HandleAsync)
                    .Batch(batch => (batch.Size, batch.Window, batch.Bisect) = (_size, window, _bisects))
                    .Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (capacity, _concurrency))
                    .Retry(retry => (retry.MaxRetryAttempts, retry.Delay) = (_retries, TimeSpan.FromMilliseconds(random.Next(2) * 400)));
                if (_isOrdered)
                {
                    builder.OrderBy(static item => item.Key, parks ? AfterDeadLetter.Park : AfterDeadLetter.Continue);
                }
            });
            services.Select(static each => each.ImplementationInstance).OfType<BusRegistrations>().Single().Jitter = random.NextDouble;
            _services = services.BuildServiceProvider();
            _bus = _services.GetRequiredService<IEventBus>();
            _monitor = _services.GetRequiredService<IEventBusMonitor>();
        }

        public async Task RunAsync()
        {
            Task publishing = PublishAsync(_scheduler.Random.Next(1, 30));
            if (_stopsEarly)
            {
                await StopAsync(TimeSpan.FromMilliseconds(_scheduler.Random.Next(2_000)), TimeSpan.FromMilliseconds(_scheduler.Random.Next(2_000)));
                await publishing;
            }
            else
            {
                await publishing;
                await StopAsync(TimeSpan.Zero, TimeSpan.FromHours(1));
            }

            Assert.Empty(_faults);
            DeliveryCounts counts = _monitor.GetStatistics()["batches"];
            Assert.Equal((0, true), (counts.Pending, counts.IsConserved));
            Assert.Equal(_published.Count, _ended.Count);
            Assert.Equal(counts.Succeeded, _ended.Count(static each => each.Value == DeliveryStage.Succeeded));
            await foreach (DeadLetter letter in _services.GetRequiredService<IDeadLetters>().QueryAsync())
            {
                AssertLetter(letter);
            }
        }

        public void Check()
        {
            DeliveryCounts counts = _monitor.GetStatistics()["batches"];
            Assert.True(counts.IsConserved, counts.ToString());
            Assert.True(counts is { Queued: >= 0, Running: >= 0, WaitingForRetry: >= 0 }, counts.ToString());
        }

        public void Observe(in DeliveryObservation observation)
        {
            if (observation is not { Event: Item item, Subscription: not null })
            {
                return;
            }

            _scheduler.Note($"{observation.Stage} {item.Number} {observation.Attempt}");
            switch (observation.Stage)
            {
                case DeliveryStage.Retrying:
                    _failed[item.Number] = _failed.GetValueOrDefault(item.Number) + 1;
                    Expect(_failed[item.Number] == observation.Attempt, $"{item} is tried again after attempt {observation.Attempt}.");
                    break;
                case DeliveryStage.Succeeded or DeliveryStage.DeadLettered:
                    Expect(_ended.TryAdd(item.Number, observation.Stage), $"{item} ended twice.");
                    Expect(
                        observation.Stage == DeliveryStage.DeadLettered || Before(item).All(each => _ended.ContainsKey(each.Number)),
                        $"{item} succeeded before an earlier one of its key had ended.");
                    break;
            }
        }

        public void Dispose() => _services.Dispose();

        private IEnumerable<Item> Before(Item item) => _isOrdered && item.Key is not null
            ? _published.Where(each => each.Key == item.Key && each.Number < item.Number)
            : [];

        private void AssertLetter(DeadLetter letter)
        {
            var item = (Item)letter.Event;
            int failed = _failed.GetValueOrDefault(item.Number);
            switch (letter.Reason)
            {
                case DeadLetterReason.RetriesExhausted:
                    Assert.Equal((_retries, _retries + 1), (failed, letter.Attempts));
                    Assert.Equal(Enumerable.Range(1, _retries + 1), letter.Failures.Select(static failure => failure.Attempt));
                    break;
                case DeadLetterReason.Parked:
                    Assert.Equal((0, 0), (failed, letter.Attempts));
                    break;
                default:
                    Assert.True(_stopsEarly && letter.Reason == DeadLetterReason.Shutdown, letter.ToString());
                    break;
            }
        }

        private async ValueTask HandleAsync(IReadOnlyList<Item> items, BatchContext context, CancellationToken cancellationToken)
        {
            _scheduler.Note($"handle {string.Join(' ', items.Select(static item => item.Number))}");
            Expect(++_running <= _concurrency, $"{_running} batches run at once.");
            Expect(items.Count >= 1 && items.Count <= _size && items.Count == context.Count, $"A batch has {items.Count} events.");
            for (int i = 0; i < items.Count; i++)
            {
                int attempt = _failed.GetValueOrDefault(items[i].Number) + 1;
                Expect(context.AttemptOf(i) == attempt, $"{items[i]} is told that it is at attempt {context.AttemptOf(i)} and not {attempt}.");
                Expect(
                    Before(items[i]).All(each => _ended.ContainsKey(each.Number) || items.Take(i).Contains(each)),
                    $"{items[i]} is handled before an earlier one of its key has ended.");
            }

            try
            {
                if (_scheduler.Random.Next(2) == 0)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(_scheduler.Random.Next(200)), _scheduler.Clock, cancellationToken);
                }

                for (int i = 0; i < items.Count; i++)
                {
                    if (_scheduler.Random.NextDouble() < _failures)
                    {
                        context.Fail(i, new InvalidOperationException("reported"));
                    }
                }

                if (_scheduler.Random.NextDouble() < _failures)
                {
                    throw new InvalidOperationException("thrown");
                }
            }
            finally
            {
                _running--;
            }
        }

        private void Expect(bool holds, string fault)
        {
            if (!holds)
            {
                _faults.Add(fault);
            }
        }

        private async Task PublishAsync(int count)
        {
            for (int i = 0; i < count; i++)
            {
                int key = _scheduler.Random.Next(4);
                Item item = new(i, key == 0 ? null : $"key {key}");
                try
                {
                    _published.Add(item);
                    await _bus.PublishAsync(item);
                }
                catch (EventBusStoppedException)
                {
                    _published.Remove(item);
                    return;
                }

                if (_scheduler.Random.Next(3) == 0)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(_scheduler.Random.Next(300)), _scheduler.Clock);
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
    }
}
