using CsCheck;
using EventBus.DeadLettering;
using EventBus.Diagnostics;
using EventBus.Dispatching;
using EventBus.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventBus.Tests.Simulation;

/// <summary>Subscriptions of every kind under random commands and schedules, beside a model that knows the promises alone.</summary>
public sealed class QueueSimulation
{
    [Fact]
    public void Queues_UnderRandomCommandsAndSchedules_KeepTheirPromises() =>
        QueuePlan.Generator.Sample(plan => _ = Simulate(plan), iter: Iterations(2_000), threads: 1);

    [Fact]
    public void Simulation_OfOneSeed_ReplaysIdentically() =>
        QueuePlan.Generator.Sample(plan => Assert.Equal(Simulate(plan), Simulate(plan)), iter: 100, threads: 1);

    // For a night, or the search for a failure that was seen once.
    private static int Iterations(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable("EVENTBUS_SIMULATIONS"), out int asked) ? asked : usual;

    private static IReadOnlyList<string> Simulate(QueuePlan plan)
    {
        SimulatedScheduler scheduler = new(plan.Seed);
        using Run run = new(scheduler, plan);
        try
        {
            scheduler.Run(run.RunAsync, run.Check);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Assert.Fail($"{exception.Message}\n{string.Join('\n', scheduler.Trace.TakeLast(200))}");
        }

        Assert.False(scheduler.HasEscaped, "Something ran outside the simulation.");
        return scheduler.Trace;
    }

    private sealed class Run : IDeliveryObserver, IDisposable
    {
        private readonly SimulatedScheduler _scheduler;
        private readonly QueuePlan _plan;
        private readonly ServiceProvider _services;
        private readonly IEventBus _bus;
        private readonly IDeadLetters _letters;
        private readonly IEventBusMonitor _monitor;
        private readonly ISubscriptionControl _control;
        private readonly Dictionary<string, QueueModel> _models = [];
        private readonly List<QueueEvent> _published = [];
        private readonly List<QueueEvent> _delayed = [];
        private readonly List<IEventSubscription> _guests = [];
        private readonly List<Task> _underWay = [];
        private readonly List<Exception> _defects = [];
        private int _numbers;
        private int _guestNumbers;
        private int _inGroup;
        private int _step;

        public Run(SimulatedScheduler scheduler, QueuePlan plan)
        {
            _scheduler = scheduler;
            _plan = plan;
            ServiceCollection services = new();
            services.AddSingleton<TimeProvider>(scheduler.Clock);
            if (plan.IsWatched)
            {
                services.AddSingleton<IDeliveryObserver>(this);
            }

            services.AddEventBus(builder =>
            {
                builder.UseDeadLetterSink<YieldingLetters>();
                for (int i = 0; i < plan.Subscriptions.Count; i++)
                {
                    QueueModel model = new($"s{i}", plan.Subscriptions[i]) { IsWatched = plan.IsWatched };
                    _models.Add(model.Name, model);
                    model.Plan.Apply(builder.Subscribe<QueueEvent>(model.Name, (@event, context, token) =>
                        HandleAsync(model, @event, context.Attempt, token)));
                }
            });
            services.Select(each => each.ImplementationInstance).OfType<BusRegistrations>().Single().Jitter = scheduler.Random.NextDouble;
            _services = services.BuildServiceProvider();
            _bus = _services.GetRequiredService<IEventBus>();
            _letters = _services.GetRequiredService<IDeadLetters>();
            _monitor = _services.GetRequiredService<IEventBusMonitor>();
            _control = _services.GetRequiredService<ISubscriptionControl>();
        }

        public async Task RunAsync()
        {
            foreach (QueueCommand command in _plan.Commands)
            {
                _scheduler.Note($"{command}");
                _underWay.Add(DoAsync(command));
                if (_scheduler.Random.Next(4) == 0)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(_scheduler.Random.Next(400)), _scheduler.Clock);
                }
                else if (_scheduler.Random.Next(2) == 0)
                {
                    await Task.Yield();
                }
            }

            if (_plan.StopsEarly)
            {
                await StopAsync(TimeSpan.FromMilliseconds(_scheduler.Random.Next(3_000)));
            }
            else
            {
                await SettleAsync();
                await StopAsync(TimeSpan.FromHours(1));
            }

            await Task.WhenAll(_underWay);
            await EndAsync();
        }

        /// <summary>What must hold between any two steps.</summary>
        public void Check()
        {
            _step++;
            if (_defects.Count > 0)
            {
                throw _defects[0];
            }

            foreach (SubscriptionStatistics subscription in _monitor.GetStatistics().Subscriptions)
            {
                if (_models.TryGetValue(subscription.Name, out QueueModel? model))
                {
                    model.Check(subscription.Counts);
                }
            }
        }

        public void Observe(in DeliveryObservation observation)
        {
            var @event = (QueueEvent)observation.Event;
            _scheduler.Note($"{observation.Stage} {observation.Subscription} {@event.Number} {observation.Attempt} {observation.Reason}");
            if (observation.Subscription is { } name && _models.TryGetValue(name, out QueueModel? model))
            {
                QueueModel observed = model;
                (DeliveryStage stage, DeadLetterReason? reason) = (observation.Stage, observation.Reason);
                Try(() => observed.Observe(stage, @event, reason, ++_step));
            }
        }

        public void Dispose() => _services.Dispose();

        private async Task DoAsync(QueueCommand command)
        {
            try
            {
                await (command switch
                {
                    QueueCommand.Publish => PublishAsync(NewEvent(0), options: null, CancellationToken.None),
                    QueueCommand.PublishLater => PublishLaterAsync(),
                    QueueCommand.PublishImpatiently => PublishImpatientlyAsync(),
                    QueueCommand.TakeBack => TakeBackAsync(),
                    QueueCommand.RedriveOne => RedriveOneAsync(),
                    QueueCommand.RedriveAll => RedriveAllAsync(),
                    QueueCommand.Discard => DiscardAsync(),
                    QueueCommand.Drain => DrainAsync(),
                    QueueCommand.Unsubscribe => UnsubscribeAsync(),
                    _ => DoAtOnce(command),
                });
            }
            catch (Exception exception) when (
                exception is QueueFullException or EventBusStoppedException or OperationCanceledException or InvalidOperationException)
            {
                _scheduler.Note($"{command}: {exception.GetType().Name}");
            }
        }

        private Task DoAtOnce(QueueCommand command)
        {
            switch (command)
            {
                case QueueCommand.Subscribe:
                    Subscribe();
                    break;
                case QueueCommand.PauseHold or QueueCommand.PauseDeadLetter or QueueCommand.Resume
                    when Pick(_models.Values.Where(static model => model.Plan.IsPausable)) is { } model:
                    // Before, and not after: what it lets go on may start within the call.
                    if (command == QueueCommand.Resume)
                    {
                        Resume(model);
                        break;
                    }

                    _control.Pause(model.Name, command == QueueCommand.PauseHold ? PauseMode.Hold : PauseMode.DeadLetter);
                    model.IsPaused = true;
                    break;
            }

            return Task.CompletedTask;
        }

        private void Resume(QueueModel model)
        {
            model.IsPaused = false;
            _control.Resume(model.Name);
        }

        private async Task PublishAsync(QueueEvent @event, PublishOptions? options, CancellationToken cancellationToken)
        {
            foreach (QueueModel model in _models.Values)
            {
                model.Publishing(@event, _step);
            }

            await _bus.PublishAsync(@event, options ?? new PublishOptions(), cancellationToken);
            _published.Add(@event);
            if (options is null)
            {
                foreach (QueueModel model in _models.Values)
                {
                    model.Published(@event, ++_step);
                }
            }
        }

        private async Task PublishLaterAsync()
        {
            QueueEvent @event = NewEvent(0);
            _delayed.Add(@event);
            await PublishAsync(
                @event,
                new PublishOptions { EventId = IdOf(@event), DeliverAfter = TimeSpan.FromMilliseconds(_scheduler.Random.Next(1, 3_000)) },
                CancellationToken.None);
        }

        private async Task PublishImpatientlyAsync()
        {
            using CancellationTokenSource cancellation = new(TimeSpan.FromMilliseconds(_scheduler.Random.Next(1, 2_000)), _scheduler.Clock);
            await PublishAsync(NewEvent(0), options: null, cancellation.Token);
        }

        private async Task TakeBackAsync()
        {
            if (Pick(_delayed) is { } @event && await _bus.CancelDelayedAsync(IdOf(@event)))
            {
                _published.Remove(@event);
            }
        }

        private async Task RedriveOneAsync()
        {
            if (Pick(await LettersAsync(null)) is { } letter)
            {
                Redriving(letter);
                await _letters.RedriveAsync(letter.Id);
            }
        }

        private async Task RedriveAllAsync()
        {
            QueueModel? model = Pick(_models.Values);
            foreach (DeadLetter letter in await LettersAsync(model!.Name))
            {
                Redriving(letter);
            }

            // As many as were there just now, but for those that come in this step.
            await _letters.RedriveAsync(new DeadLetterQuery { Subscription = model.Name, Before = _scheduler.Clock.GetUtcNow() });
        }

        private void Redriving(DeadLetter letter)
        {
            if (_models.TryGetValue(letter.Subscription, out QueueModel? model))
            {
                model.Redriving((QueueEvent)letter.Event, _step);
            }
        }

        private async Task DiscardAsync()
        {
            if (Pick(await LettersAsync(null)) is { } letter && _models.TryGetValue(letter.Subscription, out QueueModel? model))
            {
                // From now on: those behind it may be let go before the call has come back.
                model.Discarding((QueueEvent)letter.Event);
                model.Discarded((QueueEvent)letter.Event, await _letters.DiscardAsync(letter.Id));
            }
        }

        private async Task DrainAsync()
        {
            using CancellationTokenSource cancellation = new(TimeSpan.FromMilliseconds(_scheduler.Random.Next(1, 3_000)), _scheduler.Clock);
            if (Pick(_models.Values.Where(static model => model.Plan.IsPausable)) is { } model)
            {
                await _control.DrainAsync(model.Name, PauseMode.Hold, cancellation.Token);
            }
        }

        private void Subscribe()
        {
            bool hasEnded = false;
            int running = 0;
            IEventSubscription guest = _bus.Subscribe<QueueEvent>(
                $"guest{_guestNumbers++}",
                async (@event, context, token) =>
                {
                    Try(() => Assert.False(hasEnded, "A handler was called after its subscription had ended."));
                    Try(() => Assert.True(++running <= 2, $"{running} handlers at once."));
                    await Task.Delay(TimeSpan.FromMilliseconds(_scheduler.Random.Next(100)), _scheduler.Clock, CancellationToken.None);
                    running--;
                },
                static options => options.Queue(static queue => (queue.Capacity, queue.MaxConcurrency) = (2, 2)));
            _guests.Add(new Guest(guest, () => hasEnded = true));
        }

        private async Task UnsubscribeAsync()
        {
            if (Pick(_guests) is { } guest)
            {
                _guests.Remove(guest);
                await guest.DisposeAsync();
            }
        }

        private async Task SettleAsync()
        {
            DeliveryCounts total;
            do
            {
                // A drain that is under way pauses once more.
                foreach (QueueModel model in _models.Values.Where(static model => model.Plan.IsPausable))
                {
                    Resume(model);
                }

                await Task.Delay(TimeSpan.FromSeconds(1), _scheduler.Clock);
                total = _monitor.GetStatistics().Total;
            }
            while (total.Pending > 0 || total.Delayed > 0);
        }

        private async Task StopAsync(TimeSpan patience)
        {
            using CancellationTokenSource deadline = new(patience, _scheduler.Clock);
            await _services.GetServices<IHostedService>().Single().StopAsync(deadline.Token);
            foreach (QueueModel model in _models.Values)
            {
                model.Stopped();
            }

            _scheduler.Note("stopped");
        }

        private async Task EndAsync()
        {
            EventBusStatistics statistics = _monitor.GetStatistics();
            Assert.Equal((0, 0), (statistics.Total.Pending, statistics.Total.Delayed));
            foreach (QueueModel model in _models.Values)
            {
                List<DeadLetter> letters = await LettersAsync(model.Name);
                model.End(statistics[model.Name], [.. letters.Select(static letter => (QueueEvent)letter.Event)], _published);
            }

            Check();
            _scheduler.Note($"end {statistics.Total}");
        }

        private async ValueTask HandleAsync(QueueModel model, QueueEvent @event, int attempt, CancellationToken cancellationToken)
        {
            _scheduler.Note($"handle {model.Name} {@event.Number} {attempt}");
            Try(() => Start(model, @event, attempt));
            bool holdsPlace = true;
            void Leave()
            {
                if (holdsPlace)
                {
                    holdsPlace = false;
                    _inGroup -= model.Plan.Kind == QueueKind.Limited ? 1 : 0;
                    model.Leave(@event);
                }
            }

            // A handler that does not hear keeps its place until its token fires. Then the bus may give it away.
            using CancellationTokenRegistration registration = cancellationToken.Register(Leave);
            Task HangAsync() => Task.Delay(Timeout.InfiniteTimeSpan, _scheduler.Clock, cancellationToken);
            try
            {
                switch (model.Plan.Handler[_scheduler.Random.Next(model.Plan.Handler.Count)])
                {
                    // Without a timeout it would hang for the fifteen minutes of the bus.
                    case HandlerCommand.Hang or HandlerCommand.HangDeaf or HandlerCommand.HangDeafAndEnd when !model.Plan.HasTimeout:
                    case HandlerCommand.SucceedLater:
                        await Task.Delay(TimeSpan.FromMilliseconds(_scheduler.Random.Next(300)), _scheduler.Clock, cancellationToken);
                        return;
                    case HandlerCommand.Throw:
                        throw new InvalidOperationException("now");
                    case HandlerCommand.ThrowLater:
                        await Task.Yield();
                        throw new InvalidOperationException("later");
                    case HandlerCommand.Hang:
                        await HangAsync();
                        return;
                    case HandlerCommand.HangDeaf:
                        await HangAsync().ContinueWith(static _ => { }, TaskScheduler.FromCurrentSynchronizationContext());
                        await new TaskCompletionSource().Task;
                        return;
                    case HandlerCommand.HangDeafAndEnd:
                        await HangAsync().ContinueWith(static _ => { }, TaskScheduler.FromCurrentSynchronizationContext());
                        await Task.Delay(TimeSpan.FromMilliseconds(_scheduler.Random.Next(4_000)), _scheduler.Clock, CancellationToken.None);
                        return;
                    case HandlerCommand.Publish when @event.Depth == 0:
                        await PublishAsync(NewEvent(1), options: null, cancellationToken);
                        return;
                }
            }
            finally
            {
                Leave();
            }
        }

        private void Start(QueueModel model, QueueEvent @event, int attempt)
        {
            if (model.Plan.Kind == QueueKind.Limited)
            {
                Assert.True(++_inGroup <= QueueSubscriptionPlan.GroupLimit, $"{_inGroup} handlers of a group at once.");
            }

            model.Start(@event, attempt);
        }

        // What fails inside the bus would be taken for a handler's failure.
        private void Try(Action check)
        {
            try
            {
                check();
            }
#pragma warning disable CA1031 // Thrown again by the next step, outside the bus.
            catch (Exception defect)
#pragma warning restore CA1031
            {
                _defects.Add(defect);
            }
        }

        private async Task<List<DeadLetter>> LettersAsync(string? subscription)
        {
            List<DeadLetter> letters = [];
            await foreach (DeadLetter letter in _letters.QueryAsync(new DeadLetterQuery { Subscription = subscription }))
            {
                letters.Add(letter);
            }

            return letters;
        }

        private QueueEvent NewEvent(int depth) => new(_scheduler.Random.Next(4), _numbers++, depth);

        private T? Pick<T>(IEnumerable<T> all)
            where T : class
        {
            T[] each = [.. all];
            return each.Length == 0 ? null : each[_scheduler.Random.Next(each.Length)];
        }

        private static Guid IdOf(QueueEvent @event) => new(@event.Number, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0);

        private sealed class Guest(IEventSubscription subscription, Action ended) : IEventSubscription
        {
            public string Name => subscription.Name;

            public async ValueTask DisposeAsync()
            {
                await subscription.DisposeAsync();
                ended();
            }
        }
    }
}
