using System.Reflection;
using EventBus.Publishing;
using EventBus.Tests.Scenarios;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

#pragma warning disable xUnit1031, xUnit1051, CA1031, CA2012, IDE0058, IDE0005

namespace EventBus.Tests.Publishing;

public sealed class PlainTallyTests
{
    private sealed record Root(int Number);

    // the tally can be found by others before the gate and the counters know it.
    [Fact]
    public async Task TallyMadeWhileATableIsReplaced_IsCountedOnce()
    {
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<Root>("stays", (_, _, _) => default).Inline());
        object gate = GateLock(bus);
        Thread maker = new(() => bus.PublishAsync(new Root(0)).AsTask().Wait());
        lock (gate)
        {
            maker.Start();
            Until(() => maker.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
            Thread other = new(() =>
            {
                for (int i = 0; i < 10; i++)
                {
                    bus.PublishAsync(new Root(i)).AsTask().Wait();
                }
            });
            other.Start();
            other.Join();
            bus.Bus.Subscribe<Root>("extra", (_, _, _) => default, each => each.Inline());
        }

        maker.Join();
        Assert.Equal((11, 11), (bus.Monitor.GetStatistics().Published, bus["stays"].Succeeded));
    }

    // and whoever waits for publishes along it does not.
    [Fact]
    public async Task Dispose_WhileTheTallyIsBeingMade_WaitsForPublishesUnderWay()
    {
        using ManualResetEventSlim inHandler = new();
        using ManualResetEventSlim release = new();
        await using var bus = ScenarioBus.Start(builder => builder.Subscribe<Root>("first", (root, _, _) =>
        {
            if (root.Number == 1)
            {
                inHandler.Set();
                release.Wait();
            }

            return default;
        }).Inline());
        bool disposed = false;
        bool calledAfterwards = false;
        IEventSubscription extra = bus.Bus.Subscribe<Root>("extra", (_, _, _) =>
        {
            calledAfterwards |= Volatile.Read(ref disposed);
            return default;
        }, each => each.Inline());
        object gate = GateLock(bus);
        Thread maker = new(() => bus.PublishAsync(new Root(0)).AsTask().Wait());
        Thread other = new(() => bus.PublishAsync(new Root(1)).AsTask().Wait());
        lock (gate)
        {
            maker.Start();
            Until(() => maker.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
            other.Start();
            inHandler.Wait();
            Volatile.Write(ref disposed, extra.DisposeAsync().IsCompleted);
        }

        release.Set();
        maker.Join();
        other.Join();
        Assert.False(calledAfterwards, $"disposed: {disposed}");
    }

    // a logger that throws between the two counts.
    [Fact]
    public async Task LoggerThatThrows_DoesNotLeaveAPublishUnderWayForEver()
    {
        ThrowingProvider logger = new();
        await using var bus = ScenarioBus.Start(
            builder => builder.Subscribe<Root>("in", (_, _, _) => default).Where(_ => true).Inline(),
            services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(logger)));
        await bus.PublishAsync(new Root(0));
        logger.Throws = true;
        Exception? thrown = null;
        try
        {
            await bus.PublishAsync(new Root(1));
        }
        catch (Exception exception)
        {
            thrown = exception;
        }

        logger.Throws = false;
        Task settled = bus.Monitor.WhenSettledAsync().AsTask();
        bool ended = await Task.WhenAny(settled, Task.Delay(3000)) == settled;
        Assert.True(ended, $"thrown: {thrown?.GetType().Name}");
    }

    private sealed class ThrowingProvider : ILoggerProvider, ILogger
    {
        public volatile bool Throws;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => Throws ? throw new InvalidOperationException("logger") : logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
        }

        public void Dispose()
        {
        }
    }

    private static object GateLock(ScenarioBus bus)
    {
        PublishGate gate = bus.Services.GetRequiredService<InProcessEventBus>().Topics.Gate;
        return typeof(PublishGate).GetField("_gate", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(gate)!;
    }

    private static void Until(Func<bool> condition)
    {
        DateTime until = DateTime.UtcNow.AddSeconds(10);
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < until);
            Thread.Sleep(1);
        }
    }
}
