using EventBus.DeadLettering;
using EventBus.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace EventBus.Tests.Scenarios;

/// <summary>A bus on a fake clock. Disposing it asserts the conservation law: no scenario ends without.</summary>
internal sealed class ScenarioBus : IAsyncDisposable
{
    // Only ever reached by a test that hangs: nothing waits for it to pass.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private ScenarioBus(ServiceProvider services, FakeTimeProvider clock)
    {
        Services = services;
        Clock = clock;
        Bus = services.GetRequiredService<IEventBus>();
        DeadLetters = services.GetRequiredService<IDeadLetters>();
        Monitor = services.GetRequiredService<IEventBusMonitor>();
    }

    public ServiceProvider Services { get; }

    public FakeTimeProvider Clock { get; }

    public IEventBus Bus { get; }

    public IDeadLetters DeadLetters { get; }

    public IEventBusMonitor Monitor { get; }

    public DeliveryCounts this[string subscription] => Monitor.GetStatistics()[subscription];

    public static ScenarioBus Start(Action<EventBusBuilder> configure, Action<IServiceCollection>? services = null, DateTimeOffset? now = null)
    {
        FakeTimeProvider clock = new(now ?? new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
        ServiceCollection collection = new();
        collection.AddSingleton<TimeProvider>(clock);
        services?.Invoke(collection);
        collection.AddEventBus(configure);
        return new ScenarioBus(collection.BuildServiceProvider(validateScopes: true), clock);
    }

    /// <summary>Awaits something that must happen, with a limit so that a defect fails instead of hanging.</summary>
    public static Task Soon(Task task) => task.WaitAsync(Limit);

    /// <inheritdoc cref="Soon(Task)"/>
    public static Task<TResult> Soon<TResult>(Task<TResult> task) => task.WaitAsync(Limit);

    public ValueTask PublishAsync<TEvent>(TEvent @event, CancellationToken cancellationToken = default)
        where TEvent : notnull => Bus.PublishAsync(@event, cancellationToken);

    /// <summary>Until nothing is queued or running. Retries that wait for the clock stay waiting.</summary>
    public Task IdleAsync() => Soon(Monitor.WhenIdleAsync().AsTask());

    /// <summary>Until nothing is pending: turns the clock to each retry that is due.</summary>
    public async Task SettleAsync()
    {
        await IdleAsync();
        while (Monitor.GetStatistics().NextRetryAt is { } next)
        {
            Clock.Advance(next - Clock.GetUtcNow() + TimeSpan.FromMilliseconds(1));
            await IdleAsync();
        }
    }

    public async Task<IReadOnlyList<DeadLetter>> LettersAsync(string? subscription = null)
    {
        List<DeadLetter> letters = [];
        await foreach (DeadLetter letter in DeadLetters.QueryAsync(new DeadLetterQuery { Subscription = subscription }))
        {
            letters.Add(letter);
        }

        return letters;
    }

    public async Task<DeadLetter> OnlyLetterAsync(string? subscription = null) => Assert.Single(await LettersAsync(subscription));

    public void AssertConserved()
    {
        EventBusStatistics statistics = Monitor.GetStatistics();
        Assert.All(statistics.Subscriptions, each => Assert.True(each.Counts.IsConserved, $"{each.Name}: {each.Counts}"));
        Assert.True(statistics.Total.IsConserved, statistics.Total.ToString());
    }

    public ValueTask DisposeAsync()
    {
        AssertConserved();
        Services.Dispose();
        return default;
    }
}
