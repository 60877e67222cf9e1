using System.Diagnostics;
using EventBus.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace EventBus.Testing;

/// <summary>A bus for a test: it records what happens, stands still between retries, and says when it has nothing left to do.</summary>
/// <remarks>
/// The properties may be used from any thread at once. <see cref="WhenIdleAsync"/> and <see cref="AdvanceAsync"/> turn the clock,
/// so call one at a time. Assertions are in <see cref="EventBusAssertions"/>.
/// </remarks>
public sealed class EventBusHarness : IAsyncDisposable
{
    // How often a wait that has not ended looks whether only inline retries hold it up. No outcome depends on the number.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(10);

    // The bus rounds a timer up to the next whole millisecond, so a retry with jitter may come this much after its time.
    private static readonly TimeSpan TimerGrain = TimeSpan.FromMilliseconds(1);

    // Only an inline handler that blocks its publisher's thread can take so long: nothing else is left when the bus has ended.
    private static readonly TimeSpan LongestSettling = TimeSpan.FromSeconds(1);

    private readonly ServiceProvider? _owned;
    private readonly FakeTimeProvider? _clock;
    private TimeSpan _idleTimeout = TimeSpan.FromSeconds(30);
    private int _isDisposed;

    private EventBusHarness(IServiceProvider services, EventBusRecorder recorder, ServiceProvider? owned)
    {
        Services = services;
        Recorder = recorder;
        Bus = services.GetRequiredService<IEventBus>();
        DeadLetters = services.GetRequiredService<IDeadLetters>();
        Monitor = services.GetRequiredService<IEventBusMonitor>();
        _clock = services.GetService<TimeProvider>() as FakeTimeProvider;
        _owned = owned;
    }

    /// <summary>The bus under test.</summary>
    public IEventBus Bus { get; }

    /// <summary>The dead letters of the bus, to look at and redrive.</summary>
    public IDeadLetters DeadLetters { get; }

    /// <summary>The counters and the health of the bus.</summary>
    public IEventBusMonitor Monitor { get; }

    /// <summary>The services the bus was built from: those given to <see cref="Start"/>, or the application's own.</summary>
    public IServiceProvider Services { get; }

    /// <summary>What happened so far.</summary>
    public EventBusRecorder Recorder { get; }

    /// <summary>The clock of the bus. Stands still unless the test turns it.</summary>
    /// <value>
    /// For <see cref="Start"/>: the <see cref="FakeTimeProvider"/> that the services registered as <see cref="TimeProvider"/>, else a
    /// new one, which begins on 1 January 2000.
    /// </value>
    /// <remarks>
    /// <see cref="AdvanceAsync"/> turns it and lets the bus follow. Turn it directly where a handler waits for it, as a hanging
    /// handler waits for its timeout: a bus with a running handler is not idle.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The services have another kind of clock.</exception>
    public FakeTimeProvider Clock => _clock ?? throw new InvalidOperationException(
        "The bus does not run on a FakeTimeProvider, so the test cannot turn its clock. " +
        "Pass one to AddEventBusRecorder, or register one as TimeProvider.");

    /// <summary>How long, in real time, the bus may take to become idle before a wait fails and tells what holds it up.</summary>
    /// <value>
    /// Above zero, or <see cref="Timeout.InfiniteTimeSpan"/> for no limit; 30 seconds by default. Without effect while a
    /// debugger is attached.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or negative, but not infinite.</exception>
    public TimeSpan IdleTimeout
    {
        get => _idleTimeout;
        set
        {
            if (value != Timeout.InfiniteTimeSpan)
            {
                ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            }

            _idleTimeout = value;
        }
    }

    /// <summary>Builds a bus of its own for one test, with a recorder and a clock that stands still.</summary>
    /// <param name="configure">Says who subscribes to what, as for AddEventBus.</param>
    /// <param name="services">
    /// Adds what the handlers need, and whole modules that call AddEventBus for themselves. Null adds nothing.
    /// </param>
    /// <returns>The harness, which owns all of it: dispose it.</returns>
    /// <remarks>
    /// Hosted services are not started. <see cref="EventBusOptions.DrainTimeout"/> is zero unless the test sets it: what is not
    /// done when the harness is disposed becomes a dead letter <see cref="DeadLetterReason.Shutdown"/> at once.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="configure"/> is null.</exception>
    /// <exception cref="OptionsValidationException">The bus is set up wrongly. The message names all that is wrong.</exception>
    public static EventBusHarness Start(Action<EventBusBuilder> configure, Action<IServiceCollection>? services = null)
    {
        ArgumentNullException.ThrowIfNull(configure);
        ServiceCollection collection = new();

        // First, so that the test's own word on it counts. The clock stands still, so a drain would have to wait for ever.
        collection.Configure<EventBusOptions>(static options => options.DrainTimeout = TimeSpan.Zero);
        services?.Invoke(collection);
        collection.TryAddSingleton<TimeProvider>(new FakeTimeProvider());
        collection.AddEventBusRecorder();
        collection.AddEventBus(configure);
        ServiceProvider provider = collection.BuildServiceProvider(validateScopes: true);
        try
        {
            return new EventBusHarness(provider, provider.GetRequiredService<EventBusRecorder>(), provider);
        }
        catch
        {
            // Nothing was started that would have to be waited for.
            provider.Dispose();
            throw;
        }
    }

    /// <summary>Looks at the bus of an application that the test has started.</summary>
    /// <param name="services">
    /// The application's services, to which
    /// <see cref="EventBusRecorderServiceCollectionExtensions.AddEventBusRecorder"/> was added.
    /// </param>
    /// <returns>A harness that owns nothing: disposing it changes nothing. Several may look at one bus.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The services have no recorder, or no bus.</exception>
    public static EventBusHarness Attach(IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(services);
        EventBusRecorder recorder = services.GetService<EventBusRecorder>() ?? throw new InvalidOperationException(
            "The services hold no EventBusRecorder, so nothing can be told of what the bus did. " +
            "Call services.AddEventBusRecorder() before the provider is built.");
        return new EventBusHarness(services, recorder, owned: null);
    }

    /// <summary>Waits until the bus has nothing left to do, retries and their consequences included.</summary>
    /// <param name="advanceClock">
    /// True turns <see cref="Clock"/> to the time of each retry that waits, exactly, until none is left. False ends before the
    /// first, with the clock untouched.
    /// </param>
    /// <param name="cancellationToken">Ends the waiting alone. The clock stays where it is.</param>
    /// <returns>A task that ends when nothing is queued, running or, with the clock turned, waiting for a retry.</returns>
    /// <remarks>
    /// Counts deliveries and publishes under way, so it ends at once when there are none and never early. A publish that is held up
    /// by the retries of an inline subscription counts as waiting: start it, call this, then await it.
    /// </remarks>
    /// <exception cref="EventBusAssertionException">
    /// The bus was not idle within <see cref="IdleTimeout"/>. The message tells what every subscription is doing.
    /// </exception>
    /// <exception cref="InvalidOperationException">A retry waits, and the bus has no fake clock to turn.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task WhenIdleAsync(bool advanceClock = true, CancellationToken cancellationToken = default)
    {
        using CancellationTokenSource limit = Limit(cancellationToken);
        try
        {
            await SettleAsync(limit.Token).ConfigureAwait(false);
            while (advanceClock && Monitor.GetStatistics().NextRetryAt is { } next)
            {
                await TurnToAsync(next, limit.Token).ConfigureAwait(false);
                await SettleAsync(limit.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw NotIdle();
        }
    }

    /// <summary>
    /// Waits until the bus has nothing left to do, delayed events included: turns <see cref="Clock"/> to the time of each, and of each
    /// retry, until none is left.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting alone. The clock stays where it is.</param>
    /// <returns>A task that ends when nothing is delayed, queued, running or waiting for a retry.</returns>
    /// <remarks>
    /// <see cref="WhenIdleAsync"/> leaves delayed events waiting: it is for what follows now. Schedules publish at their times on the way, and
    /// are not waited for: they have no end. <see cref="AdvanceAsync"/> lets a certain time pass.
    /// </remarks>
    /// <exception cref="EventBusAssertionException">
    /// The bus was not idle within <see cref="IdleTimeout"/>. The message tells what every subscription is doing.
    /// </exception>
    /// <exception cref="InvalidOperationException">An event or a retry waits, and the bus has no fake clock to turn.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task DeliverDelayedAsync(CancellationToken cancellationToken = default)
    {
        using CancellationTokenSource limit = Limit(cancellationToken);
        try
        {
            await SettleAsync(limit.Token).ConfigureAwait(false);
            while (Monitor.GetStatistics() is { } now && (now.NextDelayAt ?? now.NextRetryAt) is not null)
            {
                await TurnToAsync(NextStep(now)!.Value, limit.Token).ConfigureAwait(false);
                await SettleAsync(limit.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw NotIdle();
        }
    }

    /// <summary>
    /// Lets time pass: turns the clock to each retry, delayed event and occurrence of a schedule, waiting each time until the bus has followed.
    /// </summary>
    /// <param name="duration">How much later it is in the end. Zero or more.</param>
    /// <param name="cancellationToken">Ends the waiting. The clock stays where it is then.</param>
    /// <returns>
    /// A task that ends when the time has passed and the bus has done all that was due by then. The clock has moved by exactly
    /// <paramref name="duration"/>.
    /// </returns>
    /// <remarks>
    /// Each attempt, delayed event and occurrence sees the time it was planned for, which one great step of the clock would not give it.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="duration"/> is negative.</exception>
    /// <exception cref="EventBusAssertionException">
    /// The bus was not idle within <see cref="IdleTimeout"/>, which is also how a hanging handler shows. The message tells what
    /// every subscription is doing.
    /// </exception>
    /// <exception cref="InvalidOperationException">The bus has no fake clock to turn.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task AdvanceAsync(TimeSpan duration, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        DateTimeOffset end = Clock.GetUtcNow() + duration;
        using CancellationTokenSource limit = Limit(cancellationToken);
        try
        {
            await SettleAsync(limit.Token).ConfigureAwait(false);
            while (Clock.GetUtcNow() < end)
            {
                DateTimeOffset next = NextStep(Monitor.GetStatistics()) ?? end;
                await TurnToAsync(next, limit.Token, end).ConfigureAwait(false);
                await SettleAsync(limit.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw NotIdle();
        }
    }

    /// <summary>Ends a bus that <see cref="Start"/> built, with its services. An attached harness leaves the application alone.</summary>
    /// <returns>A task that ends when all is released. Handlers that go on regardless are left behind.</returns>
    /// <remarks>
    /// Turns the clock where the bus gives a stubborn handler time to end. Disposing twice does no more than once.
    /// </remarks>
    public async ValueTask DisposeAsync()
    {
        if (_owned is null || Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        EventBusOptions options = _owned.GetRequiredService<IOptions<EventBusOptions>>().Value;
        TimeSpan longestWait = options.DrainTimeout > options.AbandonAfter ? options.DrainTimeout : options.AbandonAfter;
        var disposing = _owned.DisposeAsync().AsTask();
        while (!await EndsSoonAsync(disposing, CancellationToken.None).ConfigureAwait(false))
        {
            // The bus waits by the fake clock, and nobody else turns it any more.
            _clock?.Advance(longestWait);
        }

        await disposing.ConfigureAwait(false);

        // A delivery given up in the last moment may still be on its way to the dead letters: the fake clock cut its time short.
        var settling = Monitor.WhenIdleAsync(CancellationToken.None).AsTask();
        await Task.WhenAny(settling, Task.Delay(LongestSettling, TimeProvider.System)).ConfigureAwait(false);
    }

    /// <summary>Tells what happened so far and where every subscription stands.</summary>
    /// <returns>The journal and the counters, a line each.</returns>
    public override string ToString()
    {
        EventBusStatistics statistics = Monitor.GetStatistics();
        return $"""
            What did happen, by the bus's clock since the recording began:
            {Recorder}
            Subscriptions:
            {Journal.Of(statistics)}
            """;
    }

    private static async Task<bool> EndsSoonAsync(Task task, CancellationToken cancellationToken) =>
        task.IsCompleted
        || await Task.WhenAny(task, Task.Delay(BetweenLooks, TimeProvider.System, cancellationToken)).ConfigureAwait(false) == task;

    // The next moment at which the bus does something by itself; null where there is none.
    private static DateTimeOffset? NextStep(EventBusStatistics statistics) =>
        statistics.Schedules.Select(static each => each.NextAt).Append(statistics.NextRetryAt).Append(statistics.NextDelayAt).Min();

    private CancellationTokenSource Limit(CancellationToken cancellationToken)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (!Debugger.IsAttached)
        {
            limit.CancelAfter(IdleTimeout);
        }

        return limit;
    }

    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var idle = Monitor.WhenIdleAsync(waiting.Token).AsTask();
        DeliveryCounts? before = null;
        while (!await EndsSoonAsync(idle, cancellationToken).ConfigureAwait(false))
        {
            // The publisher of an inline subscription waits through its retries, and the bus is not idle while a publish is under
            // way: only the clock can end that. Seen twice, because a publish may be between two subscriptions the first time.
            DeliveryCounts now = Monitor.GetStatistics().Total;
            if (now is { Queued: 0, Running: 0, WaitingForRetry: > 0 } && now == before)
            {
                await waiting.CancelAsync().ConfigureAwait(false);
                return;
            }

            before = now;
        }

        await idle.ConfigureAwait(false);
    }

    private async Task TurnToAsync(DateTimeOffset time, CancellationToken cancellationToken, DateTimeOffset? latest = null)
    {
        FakeTimeProvider clock = Clock;
        DateTimeOffset now = clock.GetUtcNow();

        // Not later than now: the clock was turned there already, and the retry's timer comes at the end of its millisecond.
        DateTimeOffset target = time > now ? time : now + TimerGrain;
        TimeSpan step = (target > latest ? latest.Value : target) - now;

        // The clock calls its timers one by one on the thread that turns it, and an inline handler may go on right there: on a
        // thread of its own, a handler that blocks cannot keep the limit from being told.
        await Task.Run(() => clock.Advance(step), CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private EventBusAssertionException NotIdle()
    {
        EventBusStatistics statistics = Monitor.GetStatistics();
        string busy = statistics.Total.Queued + statistics.Total.Running == 0
            ? "No delivery is queued or running: " + (statistics.Total.WaitingForRetry == 0
                ? "a publish does not end, perhaps in a filter."
                : "retries follow each other without end, or a publish does not end.")
            : $"""
                Still at work are:
                {Journal.Of(statistics, static counts => counts.Pending > 0)}
                Look for a handler that waits for something the test must do. One that waits for the clock, or for its timeout, needs Clock.Advance.
                """;
        return new EventBusAssertionException($"""
            The bus was not idle after {Journal.Seconds(IdleTimeout)} of real time.
            {busy}
            {this}
            """);
    }
}
