using System.Diagnostics.Metrics;
using EventBus.DeadLettering;
using EventBus.Publishing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace EventBus.Tests;

/// <summary>A real bus on a fake clock, with everything it reports at hand. Without logs it may take the straight line.</summary>
internal sealed class TestStand : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly ServiceProvider _provider;

    private TestStand(ServiceProvider provider, FakeTimeProvider clock)
    {
        _provider = provider;
        Clock = clock;
        Bus = provider.GetRequiredService<IEventBus>();
        Monitor = provider.GetRequiredService<IEventBusMonitor>();
        DeadLetters = provider.GetRequiredService<IDeadLetters>();
        Lifetime = provider.GetRequiredService<InProcessEventBus>().Lifetime;
    }

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public FakeTimeProvider Clock { get; }

    public IEventBus Bus { get; }

    public IEventBusMonitor Monitor { get; }

    public IDeadLetters DeadLetters { get; }

    public BusLifetime Lifetime { get; }

    public IServiceProvider Services => _provider;

    public IReadOnlyList<FakeLogRecord> Logs => _provider.GetRequiredService<FakeLogCollector>().GetSnapshot();

    public static TestStand Build(
        Action<EventBusBuilder> configure,
        Action<IServiceCollection>? services = null,
        bool logs = false,
        params (string Key, string? Value)[] settings)
    {
        FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        ServiceProvider provider = Collection(configure, services, logs, clock, settings).BuildServiceProvider();
        return new TestStand(provider, clock);
    }

    public static ServiceCollection Collection(
        Action<EventBusBuilder> configure,
        Action<IServiceCollection>? services = null,
        bool logs = false,
        TimeProvider? clock = null,
        params (string Key, string? Value)[] settings)
    {
        ServiceCollection collection = new();
        if (clock is not null)
        {
            collection.AddSingleton(clock);
        }

        collection.AddMetrics();
        if (logs)
        {
            collection.AddLogging(logging => logging.AddFakeLogging().SetMinimumLevel(LogLevel.Trace));
        }

        if (settings.Length > 0)
        {
            collection.AddSingleton<IConfiguration>(Configuration(settings));
        }

        services?.Invoke(collection);
        collection.AddEventBus(configure);
        return collection;
    }

    public static IConfiguration Configuration(params (string Key, string? Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(each => KeyValuePair.Create(each.Key, each.Value)))
        .Build();

    public MetricCollector<T> Collect<T>(string instrument)
        where T : struct => new(_provider.GetRequiredService<IMeterFactory>(), EventBusTelemetry.MeterName, instrument, Clock);

    public ValueTask PublishAsync<TEvent>(TEvent @event)
        where TEvent : notnull => Bus.PublishAsync(@event, Cancellation);

    public async Task IdleAsync() => await Monitor.WhenIdleAsync(Cancellation).AsTask().WaitAsync(Limit, Cancellation);

    public async Task AdvanceAsync(TimeSpan time)
    {
        Clock.Advance(time);
        await IdleAsync();
    }

    /// <summary>Awaits something that must happen, with a limit so that a defect fails instead of hanging.</summary>
    public static Task Soon(Task task) => task.WaitAsync(Limit, Cancellation);

    /// <summary>Awaits a state that nobody tells of.</summary>
    public static Task UntilAsync(Func<bool> condition) => Soon(Task.Run(
        async () =>
        {
            while (!condition())
            {
                await Task.Yield();
            }
        },
        Cancellation));

    /// <summary>Work on a thread of its own, which ends with it.</summary>
    public static Task OnThread(Action work) =>
        Task.Factory.StartNew(work, Cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public async Task<List<DeadLetter>> LettersAsync(DeadLetterQuery? query = null) =>
        await DeadLetters.QueryAsync(query, Cancellation).ToListAsync(Cancellation);

    public async Task<DeadLetter> LetterAsync() => Assert.Single(await LettersAsync());

    /// <summary>The log messages with this id.</summary>
    public List<FakeLogRecord> LogsOf(int id) => [.. Logs.Where(record => record.Id.Id == id)];

    // Aborts: a test that failed half way must not wait for a clock that nobody turns any more.
    public ValueTask DisposeAsync()
    {
        _provider.Dispose();
        return default;
    }
}
