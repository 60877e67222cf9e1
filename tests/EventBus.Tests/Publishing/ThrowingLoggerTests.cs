using EventBus.Tests.Scenarios;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EventBus.Tests.Publishing;

public sealed class ThrowingLoggerTests
{
    private sealed record Root(int Number);

    [Fact]
    public async Task LoggerThatThrows_DoesNotLeaveAPublishUnderWayForEver()
    {
        ThrowingProvider logger = new();
        await using var bus = ScenarioBus.Start(
            builder => builder.Subscribe<Root>("in", (_, _, _) => default).Where(_ => true).Inline(),
            services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(logger)));
        await bus.PublishAsync(new Root(0));

        logger.Throws = true;
        for (int i = 1; i <= 100; i++)
        {
            await bus.PublishAsync(new Root(i));
        }

        logger.Throws = false;
        await bus.Monitor.WhenSettledAsync(TestStand.Cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestStand.Cancellation);
        Assert.Equal(101, bus["in"].Succeeded);
    }

    private sealed class ThrowingProvider : ILoggerProvider, ILogger
    {
        public bool Throws { get; set; }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) =>
            Throws ? throw new InvalidOperationException("logger") : logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
        }

        public void Dispose()
        {
        }
    }
}
