using EventBus.DeadLettering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EventBus.Tests.Scenarios;

/// <summary>A delivery given up is kept, whatever else goes wrong.</summary>
public sealed class DeadLetterScenarios
{
    [Fact]
    public async Task Sink_ThatPublishesToTheFullQueueItServes_DoesNotDeadlock()
    {
        await using var bus = ScenarioBus.Start(builder =>
        {
            builder.Subscribe<OrderPlaced>("fails", (order, _, _) =>
                    order.OrderId == "alert" ? default : throw new InvalidOperationException())
                .Retry(RetryPreset.None)
                .Queue(queue => (queue.Capacity, queue.MaxConcurrency) = (1, 1));
            builder.UseDeadLetterSink<AlertingSink>();
        });

        for (int i = 0; i < 5; i++)
        {
            await ScenarioBus.Soon(bus.PublishAsync(new OrderPlaced($"{i}")).AsTask());
        }

        await bus.IdleAsync();

        Assert.Equal((5, 5), (bus["fails"].DeadLettered, bus["fails"].Succeeded));
    }

    [Fact]
    public async Task Logger_ThatThrows_LosesNeitherTheLetterNorTheWorker()
    {
        await using var bus = ScenarioBus.Start(
            builder => builder.Subscribe<OrderPlaced>("fails", (_, _, _) => throw new InvalidOperationException())
                .Retry(RetryPreset.None)
                .Queue(queue => queue.MaxConcurrency = 1),
            services => services.AddLogging(logging => logging.AddProvider(new ThrowingLogger())));

        await bus.PublishAsync(new OrderPlaced("1"));
        await bus.PublishAsync(new OrderPlaced("2"));
        await bus.IdleAsync();

        Assert.Equal(2, (await bus.LettersAsync()).Count);
        Assert.Equal((2, 0), (bus["fails"].DeadLettered, bus["fails"].Pending));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(1e-9)]
    public async Task Redrive_AtARateThatMakesNoSense_IsRefusedBeforeTheFirstLetter(double rate)
    {
        await using var bus = ScenarioBus.Start(builder =>
            builder.Subscribe<OrderPlaced>("fails", (_, _, _) => throw new InvalidOperationException()).Inline());
        await bus.PublishAsync(new OrderPlaced("1"));

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () =>
            await bus.DeadLetters.RedriveAsync(new DeadLetterQuery(), new RedriveOptions { MaxPerSecond = rate }));

        Assert.Equal(0, bus["fails"].Redriven);
    }

    private sealed class AlertingSink(IServiceProvider services) : IDeadLetterSink
    {
        public async ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken) =>
            await services.GetRequiredService<IEventBus>().PublishAsync(new OrderPlaced("alert"), cancellationToken);
    }

    private sealed class ThrowingLogger : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new InvalidOperationException("The log is full.");

        public void Dispose()
        {
        }
    }
}
