using System.Diagnostics;
using EventBus.DeadLettering;
using EventBus.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Soak;

/// <summary>
/// Minutes of everything at once on the real clock and all threads: producers, faults, redrives, pauses, subscriptions that come and go.
/// In the end all is settled, the conservation law holds for each subscription, and memory is where it was after the warm-up.
/// </summary>
internal sealed class Soak : IAsyncDisposable
{
    // What the heap may have more after the run than after the warm-up: pools and tables of the highest load, and no event.
    private const long MemoryMargin = 4 * 1024 * 1024;
    private const int MostLetters = 2_000;

    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestSettling = TimeSpan.FromSeconds(60);

    private readonly Random _random;
    private readonly ServiceProvider _services;
    private readonly IEventBus _bus;
    private readonly IEventBusMonitor _monitor;
    private readonly IDeadLetters _letters;
    private readonly ISubscriptionControl _control;
    private readonly List<Audience> _audiences = [];
    private readonly List<string> _findings = [];
    private readonly Stopwatch _time = Stopwatch.StartNew();
    private long _published;
    private int _unobserved;

    public Soak(Random random)
    {
        _random = random;
        ServiceCollection services = new();
        services.AddEventBus(builder => _audiences.AddRange(Audience.Register(builder)));
        _services = services.BuildServiceProvider();
        _bus = _services.GetRequiredService<IEventBus>();
        _monitor = _services.GetRequiredService<IEventBusMonitor>();
        _letters = _services.GetRequiredService<IDeadLetters>();
        _control = _services.GetRequiredService<ISubscriptionControl>();
        TaskScheduler.UnobservedTaskException += NoteUnobserved;
    }

    public async Task<IReadOnlyList<string>> RunAsync(TimeSpan duration)
    {
        TimeSpan warmUp = duration / 3 < LongestWarmUp ? duration / 3 : LongestWarmUp;
        await LoadAsync(warmUp);
        long before = await SettleAsync();
        await LoadAsync(duration - warmUp);
        long after = await SettleAsync();

        Console.WriteLine($"soak: heap {before / 1024:N0} KiB after the warm-up, {after / 1024:N0} KiB at the end");
        Expect(after <= before + MemoryMargin, $"The heap has grown from {before:N0} to {after:N0} bytes.");
        Expect(_unobserved == 0, $"{_unobserved} exceptions were observed by nobody.");
        return _findings;
    }

    public async ValueTask DisposeAsync()
    {
        TaskScheduler.UnobservedTaskException -= NoteUnobserved;
        await _services.DisposeAsync();
    }

    private async Task LoadAsync(TimeSpan duration)
    {
        using CancellationTokenSource end = new(duration);
        await Task.WhenAll(
            Task.Run(() => ProduceAsync(end.Token)),
            Task.Run(() => ProduceAsync(end.Token)),
            RepeatAsync(TimeSpan.FromMilliseconds(700), RedriveAsync, end.Token),
            RepeatAsync(TimeSpan.FromMilliseconds(300), PauseAsync, end.Token),
            RepeatAsync(TimeSpan.FromMilliseconds(20), ComeAndGoAsync, end.Token),
            RepeatAsync(TimeSpan.FromSeconds(10), ReportAsync, end.Token));
    }

    private static async Task RepeatAsync(TimeSpan pause, Func<Task> step, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await step();
            await Task.Delay(pause, end).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    private async Task ProduceAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            long number = Interlocked.Increment(ref _published);
            Fact fact = new((int)(number * 7919 % Audience.Keys), number);
            if (number % 50 == 0)
            {
                await _bus.PublishAsync(fact, new PublishOptions { DeliverAfter = TimeSpan.FromMilliseconds(number % 200) }, CancellationToken.None);
            }
            else
            {
                await _bus.PublishAsync(fact, CancellationToken.None);
            }

            if (number % 100 == 0)
            {
                // The machine is for others as well, and the retries have to keep up.
                await Task.Delay(10, CancellationToken.None);
            }
        }
    }

    private async Task RedriveAsync()
    {
        await _letters.RedriveAsync(new DeadLetterQuery { Limit = 500 });

        // Keys that fail time and again must not fill the memory: that would be the letters' and not the bus's.
        int count = await _letters.QueryAsync().CountAsync();
        if (count > MostLetters)
        {
            await _letters.DiscardAsync(new DeadLetterQuery { Limit = count - (MostLetters / 2) });
        }
    }

    private async Task PauseAsync()
    {
        string name = _audiences[_random.Next(_audiences.Count)].Name;
        if (name.StartsWith("inline", StringComparison.Ordinal))
        {
            return;
        }

        _control.Pause(name, _random.Next(4) == 0 ? PauseMode.DeadLetter : PauseMode.Hold);
        await Task.Delay(_random.Next(20));
        _control.Resume(name);
    }

    private async Task ComeAndGoAsync()
    {
        bool hasEnded = false;
        IEventSubscription guest = _bus.Subscribe<Fact>("guest", async (_, _, _) =>
        {
            await Task.Yield();
            if (Volatile.Read(ref hasEnded))
            {
                Expect(false, "A handler ran after its subscription had ended.");
            }
        });
        await Task.Delay(_random.Next(10));
        await guest.DisposeAsync();
        Volatile.Write(ref hasEnded, true);
    }

    private Task ReportAsync()
    {
        CheckLaw();
        DeliveryCounts total = _monitor.GetStatistics().Total;
        Console.WriteLine(
            $"soak: {_time.Elapsed:mm\\:ss} {_published:N0} published, {total.Succeeded:N0} succeeded, {total.DeadLettered:N0} dead-lettered, " +
            $"{total.Redriven:N0} redriven, {total.Pending:N0} pending, heap {GC.GetTotalMemory(false) / 1024:N0} KiB");
        return Task.CompletedTask;
    }

    // Brings all to an end; then the heap holds nothing of the load.
    private async Task<long> SettleAsync()
    {
        using CancellationTokenSource limit = new(LongestSettling);
        try
        {
            // Delayed events come to their time, and parked keys are let go of one letter after the other.
            while (_monitor.GetStatistics().Total.Delayed > 0)
            {
                await Task.Delay(50, limit.Token);
            }

            do
            {
                await _monitor.WhenSettledAsync(limit.Token);
                await _monitor.WhenIdleAsync(limit.Token);
            }
            while (await _letters.DiscardAsync(new DeadLetterQuery(), limit.Token) > 0);
        }
        catch (OperationCanceledException)
        {
            foreach (SubscriptionStatistics each in _monitor.GetStatistics().Subscriptions.Where(static each => each.Counts.Pending > 0))
            {
                Expect(false, $"Not settled: {each.Name} {each.Counts}");
            }

            Expect(false, "Not settled in time.");
        }

        CheckLaw();
        foreach (Audience audience in _audiences)
        {
            DeliveryCounts counts = _monitor.GetStatistics()[audience.Name];

            // A machine that is busy with others may let a handler's end come after the bus has abandoned it.
            long uncounted = audience.Succeeded - (counts.Succeeded - counts.Duplicates);
            Expect(
                uncounted >= 0 && uncounted <= counts.Abandoned,
                $"{audience.Name}: {audience.Succeeded} handlers ended well, and {counts} was counted.");
            Expect(
                audience.Overlaps <= counts.Abandoned,
                $"{audience.Name}: two handlers of a key ran at once, {audience.Overlaps} times.");
        }

        // Twice: what was found by the first may be let go of by finalizers, unobserved tasks among it.
        for (int i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private void CheckLaw()
    {
        foreach (SubscriptionStatistics subscription in _monitor.GetStatistics().Subscriptions)
        {
            DeliveryCounts counts = subscription.Counts;
            Expect(
                counts.IsConserved && counts is { Queued: >= 0, Running: >= 0, WaitingForRetry: >= 0, Delayed: >= 0 },
                $"{subscription.Name}: {counts}");
        }
    }

    private void NoteUnobserved(object? sender, UnobservedTaskExceptionEventArgs unobserved)
    {
        Interlocked.Increment(ref _unobserved);
        Console.WriteLine($"soak: unobserved: {unobserved.Exception}");
    }

    private void Expect(bool isTrue, string finding)
    {
        if (!isTrue)
        {
            lock (_findings)
            {
                _findings.Add(finding);
            }
        }
    }
}
