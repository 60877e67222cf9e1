using EventBus.DeadLettering;
using EventBus.Diagnostics;
using EventBus.Dispatching;
using EventBus.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventBus.Tests.Simulation;

/// <summary>
/// A random application around the real bus: handlers that succeed, throw, hang, cancel and publish more; redrives, subscriptions
/// that come and go, and a shutdown in the midst of it.
/// </summary>
internal sealed class SimulatedShop : IDeliveryObserver, IDisposable
{
    private readonly SimulatedScheduler _scheduler;
    private readonly ShopPlan _plan;
    private readonly ServiceProvider _services;
    private readonly IEventBus _bus;
    private readonly IDeadLetters _letters;
    private readonly IEventBusMonitor _monitor;
    private readonly Dictionary<string, int> _running = [];
    private readonly Dictionary<(string Subscription, Guid EventId), int> _open = [];
    private int _published;

    public SimulatedShop(SimulatedScheduler scheduler, ShopPlan plan)
    {
        _scheduler = scheduler;
        _plan = plan;
        ServiceCollection services = new();
        services.AddSingleton<TimeProvider>(scheduler.Clock);
        services.AddSingleton<IDeliveryObserver>(this);
        services.AddEventBus(builder =>
        {
            for (int i = 0; i < plan.Subscriptions.Count; i++)
            {
                string name = $"s{i}";
                SubscriptionPlan subscription = plan.Subscriptions[i];
                subscription.Apply(builder.Subscribe<ShopEvent>(name, (@event, context, token) =>
                    HandleAsync(name, subscription, @event, context, token)));
            }
        });
        services.Select(each => each.ImplementationInstance).OfType<BusRegistrations>().Single().Jitter = scheduler.Random.NextDouble;
        _services = services.BuildServiceProvider();
        _bus = _services.GetRequiredService<IEventBus>();
        _letters = _services.GetRequiredService<IDeadLetters>();
        _monitor = _services.GetRequiredService<IEventBusMonitor>();
    }

    public async Task RunAsync()
    {
        Task[] publishers = [.. Enumerable.Range(0, _plan.Publishers).Select(_ => PublishAsync())];
        Task passing = _plan.HasPassingSubscription ? ComeAndGoAsync() : Task.CompletedTask;
        Task redriving = _plan.Redrives ? RedriveAsync() : Task.CompletedTask;
        if (_plan.StopsEarly)
        {
            await StopAsync(
                TimeSpan.FromMilliseconds(_scheduler.Random.Next(3_000)), TimeSpan.FromMilliseconds(_scheduler.Random.Next(5_000)));
            await Task.WhenAll(publishers);
            await Task.WhenAll(passing, redriving);
        }
        else
        {
            await Task.WhenAll(publishers);
            await Task.WhenAll(passing, redriving);
            await StopAsync(TimeSpan.Zero, TimeSpan.FromHours(1));
        }

        DeliveryCounts total = _monitor.GetStatistics().Total;
        Assert.Equal((0, 0), (total.Pending, total.Delayed));
        Assert.Equal(total.Accepted, total.Succeeded + total.DeadLettered);
        Assert.All(_open, delivery => Assert.Equal(0, delivery.Value));
        int letters = 0;
        await foreach (DeadLetter letter in _letters.QueryAsync())
        {
            letters++;
            Assert.True(letter.Failures.Count <= 32, letter.ToString());
        }

        Assert.Equal(total.DeadLettered - total.Redriven, letters);
        _scheduler.Note($"end {total}");
    }

    /// <summary>What must hold between any two steps.</summary>
    public void Check()
    {
        EventBusStatistics statistics = _monitor.GetStatistics();
        foreach (SubscriptionStatistics subscription in statistics.Subscriptions)
        {
            Assert.True(subscription.Counts.IsConserved, $"{subscription.Name}: {subscription.Counts}");
            Assert.True(
                subscription.Counts is { Queued: >= 0, Running: >= 0, WaitingForRetry: >= 0, Delayed: >= 0 },
                $"{subscription.Name}: {subscription.Counts}");
        }

        Assert.True(statistics.Total.IsConserved, statistics.Total.ToString());
    }

    public void Observe(in DeliveryObservation observation)
    {
        if (observation.Subscription is not { } subscription)
        {
            return;
        }

        // Deliveries of one event to one subscription that were accepted and have not ended: never below zero, zero at the end.
        (string, Guid) key = (subscription, observation.Metadata.EventId);
        int change = observation.Stage switch
        {
            DeliveryStage.Accepted => 1,
            DeliveryStage.Succeeded or DeliveryStage.DeadLettered => -1,
            _ => 0,
        };
        _open[key] = _open.GetValueOrDefault(key) + change;
        _scheduler.Note($"{observation.Stage} {subscription} {((ShopEvent)observation.Event).Number} {observation.Attempt}");
    }

    public void Dispose() => _services.Dispose();

    private async Task PublishAsync()
    {
        for (int i = 0; i < _plan.EventsEach; i++)
        {
            try
            {
                using CancellationTokenSource cancellation = new(
                    TimeSpan.FromMilliseconds(_plan.CancelsSome ? _scheduler.Random.Next(1, 4_000) : 10_000_000), _scheduler.Clock);
                ShopEvent @event = new(_published++, 0);
                await (_plan.DelaysSome && _scheduler.Random.Next(2) == 0
                    ? _bus.PublishAsync(@event, Delay(@event), cancellation.Token)
                    : _bus.PublishAsync(@event, cancellation.Token));
            }
            catch (Exception exception) when (
                exception is QueueFullException or EventBusStoppedException or OperationCanceledException)
            {
                _scheduler.Note($"refused {exception.GetType().Name}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(_scheduler.Random.Next(200)), _scheduler.Clock);
        }
    }

    // Some are taken back, at a random moment before or after their time.
    private PublishOptions Delay(ShopEvent @event)
    {
        var id = new Guid(@event.Number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        if (_scheduler.Random.Next(3) == 0)
        {
            _ = CancelAsync(id);
        }

        return new PublishOptions { EventId = id, DeliverAfter = TimeSpan.FromMilliseconds(_scheduler.Random.Next(3_000)) };
    }

    private async Task CancelAsync(Guid id)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(_scheduler.Random.Next(2_000)), _scheduler.Clock);
        _scheduler.Note($"taken back {await _bus.CancelDelayedAsync(id)}");
    }

    private async Task ComeAndGoAsync()
    {
        for (int i = 0; i < 5; i++)
        {
            bool ended = false;
            IEventSubscription subscription;
            try
            {
                subscription = _bus.Subscribe<ShopEvent>("passing", async (_, _, token) =>
                {
                    Assert.False(ended, "A handler was called after its subscription had ended.");
                    await Task.Delay(TimeSpan.FromMilliseconds(_scheduler.Random.Next(100)), _scheduler.Clock, token);
                }, options => options.Queue(queue => queue.Capacity = 2));
            }
            catch (EventBusStoppedException)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(_scheduler.Random.Next(300)), _scheduler.Clock);
            await subscription.DisposeAsync();
            ended = true;
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

    private async ValueTask HandleAsync(
        string name, SubscriptionPlan plan, ShopEvent @event, EventContext context, CancellationToken cancellationToken)
    {
        _scheduler.Note($"handle {name} {@event.Number} {context.Attempt}");
        int running = _running[name] = _running.GetValueOrDefault(name) + 1;
        Assert.True(plan.MaxConcurrency is null || running <= plan.MaxConcurrency, $"{name} runs {running} handlers at once.");
        bool holdsPlace = true;
        try
        {
            switch (plan.Behaviours[_scheduler.Random.Next(plan.Behaviours.Count)])
            {
                case Behaviour.Succeed:
                    return;
                case Behaviour.SucceedLater:
                    await Task.Delay(TimeSpan.FromMilliseconds(_scheduler.Random.Next(300)), _scheduler.Clock, cancellationToken);
                    return;
                case Behaviour.Throw:
                    throw new InvalidOperationException("now");
                case Behaviour.ThrowLater:
                    await Task.Yield();
                    throw new InvalidOperationException("later");
                case Behaviour.Cancel:
                    throw new OperationCanceledException("of its own");
                case Behaviour.Hang:
                    await Task.Delay(Timeout.InfiniteTimeSpan, _scheduler.Clock, cancellationToken);
                    return;
                case Behaviour.HangDeaf:
                    // The place is given away when the bus gives up on this handler, which it cannot be told of.
                    holdsPlace = false;
                    _running[name]--;
                    await new TaskCompletionSource().Task;
                    return;
                case Behaviour.PublishMore when @event.Depth < 3:
                    await _bus.PublishAsync(new ShopEvent(@event.Number, @event.Depth + 1), cancellationToken);
                    return;
            }
        }
        finally
        {
            if (holdsPlace)
            {
                _running[name]--;
            }
        }
    }
}
