using EventBus.DeadLettering;
using EventBus.Diagnostics;
using EventBus.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventBus.Tests.Scenarios;

/// <summary>Health first, then no new publish, then drain, then dead letters.</summary>
public sealed class ShutdownScenarios
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task Stop_BeforeItsDeadline_CompletesWhatWasAccepted()
    {
        TaskCompletionSource gate = new();
        await using var bus = Start(async (_, _, _) => await gate.Task);
        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.PublishAsync(new OrderPlaced("2"));
        IHostedLifecycleService service = Service(bus);

        await service.StoppingAsync(default);
        Assert.Equal(EventBusHealthStatus.Unhealthy, bus.Monitor.CheckHealth().Status);
        await bus.PublishAsync(new OrderPlaced("3"));
        Task stopping = service.StopAsync(default);
        await Assert.ThrowsAsync<EventBusStoppedException>(() => bus.PublishAsync(new OrderPlaced("4")).AsTask());
        Assert.False(stopping.IsCompleted);
        gate.SetResult();
        await ScenarioBus.Soon(stopping);

        Assert.Equal((3, 3, 0), (bus["work"].Accepted, bus["work"].Succeeded, bus["work"].Pending));
        Assert.Empty(await bus.LettersAsync());
    }

    [Fact]
    public async Task Stop_PastItsDeadline_MakesDeadLettersOfWhatIsLeft()
    {
        using CancellationTokenSource deadline = new();
        await using var bus = Start(async (order, _, token) =>
        {
            if (order.OrderId == "1")
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            else
            {
                await new TaskCompletionSource().Task;
            }
        }, maxConcurrency: 2);
        for (int i = 1; i <= 5; i++)
        {
            await bus.PublishAsync(new OrderPlaced($"{i}"));
        }

        await UntilAsync(() => bus["work"].Running == 2);
        Task stopping = Service(bus).StopAsync(deadline.Token);
        await deadline.CancelAsync();
        await UntilAsync(() =>
        {
            bus.Clock.Advance(TimeSpan.FromSeconds(2) + Tick);
            return stopping.IsCompleted;
        });
        await ScenarioBus.Soon(stopping);

        IReadOnlyList<DeadLetter> letters = await bus.LettersAsync();
        Assert.All(letters, letter => Assert.Equal(DeadLetterReason.Shutdown, letter.Reason));
        Assert.Equal((5, 5, 0), (letters.Count, bus["work"].DeadLettered, bus["work"].Pending));
    }

    [Fact]
    public async Task Stop_WithARetryWaitingPastTheDeadline_MakesItADeadLetterWithItsFailures()
    {
        using CancellationTokenSource deadline = new();
        await using var bus = Start((_, _, _) => throw new InvalidOperationException("not yet"));
        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.IdleAsync();
        Assert.Equal(1, bus["work"].WaitingForRetry);

        Task stopping = Service(bus).StopAsync(deadline.Token);
        await deadline.CancelAsync();
        await ScenarioBus.Soon(stopping);

        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Equal((DeadLetterReason.Shutdown, 1, "not yet"), (letter.Reason, letter.Attempts, letter.Failures[0].Message));
    }

    [Fact]
    public async Task Stop_WhileAPublisherWaitsForRoom_LosesNothing()
    {
        using CancellationTokenSource deadline = new();
        await using var bus = Start(async (_, _, token) => await Task.Delay(Timeout.Infinite, token), capacity: 1);
        await bus.PublishAsync(new OrderPlaced("1"));
        await UntilAsync(() => bus["work"].Running == 1);
        await bus.PublishAsync(new OrderPlaced("2"));
        Task waiting = bus.PublishAsync(new OrderPlaced("3")).AsTask();

        Task stopping = Service(bus).StopAsync(deadline.Token);
        await deadline.CancelAsync();
        await UntilAsync(() =>
        {
            bus.Clock.Advance(TimeSpan.FromSeconds(2) + Tick);
            return stopping.IsCompleted;
        });

        await ScenarioBus.Soon(waiting);
        Assert.Equal(["1", "2", "3"], (await bus.LettersAsync()).Select(letter => ((OrderPlaced)letter.Event).OrderId).Order());
    }

    [Fact]
    public async Task HandlerPublishing_DuringTheDrain_IsBroughtToItsEnd()
    {
        TaskCompletionSource gate = new();
        ScenarioBus? bus = null;
        Calls calls = new();
        bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("work", async (_, _, _) =>
            {
                await gate.Task;
                await bus!.PublishAsync(new OrderCancelled("2"));
            });
            builder.Subscribe<OrderCancelled>("after", (order, _, _) => calls.Note(order.OrderId));
        });
        await using (bus)
        {
            await bus.PublishAsync(new OrderPlaced("1"));
            Task stopping = Service(bus).StopAsync(default);
            gate.SetResult();
            await ScenarioBus.Soon(stopping);

            Assert.Equal(["2"], calls.All);
            Assert.Equal((1, 1), (bus["work"].Succeeded, bus["after"].Succeeded));
        }
    }

    [Fact]
    public async Task Stop_OfAHandlerInsideAPipeline_IsShutdownToo()
    {
        using CancellationTokenSource deadline = new();
        await using var bus = ScenarioBus.Start(builder => builder
            .Subscribe<OrderPlaced>("work", async (_, _, token) => await Task.Delay(Timeout.Infinite, token))
            .Resilience(_ => { }));
        await bus.PublishAsync(new OrderPlaced("1"));
        await UntilAsync(() => bus["work"].Running == 1);

        Task stopping = Service(bus).StopAsync(deadline.Token);
        await deadline.CancelAsync();
        await ScenarioBus.Soon(stopping);

        Assert.Equal(DeadLetterReason.Shutdown, (await bus.OnlyLetterAsync()).Reason);
    }

    [Fact]
    public async Task Stop_OfAHandlerThatPollsItsToken_ReachesIt()
    {
        using CancellationTokenSource deadline = new();
        await using var bus = Start((_, _, token) =>
        {
            while (!token.IsCancellationRequested)
            {
                Thread.Yield();
            }

            token.ThrowIfCancellationRequested();
            return default;
        });
        await bus.PublishAsync(new OrderPlaced("1"));
        await UntilAsync(() => bus["work"].Running == 1);

        Task stopping = Service(bus).StopAsync(deadline.Token);
        await deadline.CancelAsync();
        await ScenarioBus.Soon(stopping);

        DeadLetter letter = await bus.OnlyLetterAsync();
        Assert.Equal((DeadLetterReason.Shutdown, 1, 1), (letter.Reason, letter.Attempts, letter.Failures.Count));
    }

    [Fact]
    public async Task Stop_WithASinkThatHangs_EndsAllTheSame()
    {
        using CancellationTokenSource deadline = new();
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("work", async (_, _, token) => await Task.Delay(Timeout.Infinite, token));
            builder.UseDeadLetterSink<HangingSink>();
        });
        await bus.PublishAsync(new OrderPlaced("1"));
        await UntilAsync(() => bus["work"].Running == 1);

        Task stopping = Service(bus).StopAsync(deadline.Token);
        await deadline.CancelAsync();
        await UntilAsync(() =>
        {
            bus.Clock.Advance(TimeSpan.FromSeconds(2) + Tick);
            return stopping.IsCompleted;
        });

        Assert.Equal((1, 1), (bus["work"].Accepted, bus["work"].Pending));
    }

    [Fact]
    public async Task HandlerBlockingItsThread_AtTheDeadline_IsWrittenOffAndCannotEndTwice()
    {
        using CancellationTokenSource deadline = new();
        using ManualResetEventSlim block = new();
        int ended = 0;
        await using var bus = Start((_, _, _) =>
        {
            block.Wait();
            Interlocked.Increment(ref ended);
            return default;
        });
        await bus.PublishAsync(new OrderPlaced("1"));
        await UntilAsync(() => bus["work"].Running == 1);

        Task stopping = Service(bus).StopAsync(deadline.Token);
        await deadline.CancelAsync();
        await UntilAsync(() =>
        {
            bus.Clock.Advance(TimeSpan.FromSeconds(2) + Tick);
            return stopping.IsCompleted;
        });
        await ScenarioBus.Soon(stopping);
        block.Set();
        await UntilAsync(() => Volatile.Read(ref ended) == 1);

        Assert.Equal(DeadLetterReason.Shutdown, (await bus.OnlyLetterAsync()).Reason);
        Assert.Equal((0, 1), (bus["work"].Succeeded, bus["work"].DeadLettered));
    }

    [Fact]
    public async Task DisposingTheProvider_WithoutAHost_DrainsFirst()
    {
        await using var bus = Start(async (_, _, _) => await Task.Yield());
        for (int i = 0; i < 100; i++)
        {
            await bus.PublishAsync(new OrderPlaced($"{i}"));
        }

        await ScenarioBus.Soon(bus.Services.DisposeAsync().AsTask());

        Assert.Equal((100, 100), (bus["work"].Accepted, bus["work"].Succeeded));
    }

    private sealed class HangingSink : IDeadLetterSink
    {
        public ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken) => new(new TaskCompletionSource().Task);
    }

    private static ScenarioBus Start(
        Func<OrderPlaced, EventContext, CancellationToken, ValueTask> handler, int maxConcurrency = 1, int capacity = 100) =>
        ScenarioBus.Start(builder => builder.Subscribe("work", handler)
            .Queue(queue => (queue.MaxConcurrency, queue.Capacity) = (maxConcurrency, capacity)));

    private static IHostedLifecycleService Service(ScenarioBus bus) =>
        Assert.IsAssignableFrom<IHostedLifecycleService>(Assert.Single(bus.Services.GetServices<IHostedService>()));

    private static Task UntilAsync(Func<bool> condition) => ScenarioBus.Soon(Task.Run(async () =>
    {
        while (!condition())
        {
            await Task.Yield();
        }
    }));
}
