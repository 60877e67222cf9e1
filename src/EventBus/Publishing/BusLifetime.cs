using System.Diagnostics.CodeAnalysis;
using EventBus.Delivering;
using EventBus.Diagnostics;
using EventBus.Subscriptions;

namespace EventBus.Publishing;

/// <summary>Takes the bus from its start to its end: health first, then no new publish, then drain, then dead letters.</summary>
/// <remarks>Thread-safe. Stopping twice waits for the first.</remarks>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A source without a timer or a parent holds nothing to release, and the application may keep its token.")]
internal sealed class BusLifetime(BusParts parts)
{
    private readonly CancellationTokenSource _sealing = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _stopping;
    private volatile bool _isLeaving;

    /// <summary>Whether the end has been announced. Publishing still works.</summary>
    public bool IsLeaving => _isLeaving || parts.Gate.IsClosed;

    /// <summary>Fires when nothing is published any more.</summary>
    public CancellationToken Stopped => _sealing.Token;

    public void Start() => Log.Started(parts.Environment.Telemetry.Logger, parts.Catalog.All.Count);

    /// <summary>Lets health say that the end is near, so that no new work is sent here.</summary>
    public void Announce() => _isLeaving = true;

    /// <summary>Takes no more events, completes the accepted ones until the token fires, and writes the rest off as dead letters.</summary>
    /// <param name="deadline">Fires when time is up.</param>
    public async Task StopAsync(CancellationToken deadline)
    {
        _isLeaving = true;
        if (Interlocked.Exchange(ref _stopping, 1) != 0)
        {
            await _stopped.Task.ConfigureAwait(Continuation.Capture);
            return;
        }

        try
        {
            await StopOnceAsync(deadline).ConfigureAwait(Continuation.Capture);
        }
        finally
        {
            _stopped.TrySetResult();
        }
    }

    /// <summary>Stops without waiting for anybody.</summary>
    public void Abort()
    {
        _isLeaving = true;
        if (Interlocked.Exchange(ref _stopping, 1) == 0)
        {
            parts.Schedules.Stop();
            _ = AbortNowAsync();
        }
    }

    private async Task AbortNowAsync()
    {
        try
        {
            await WriteOffAsync().ConfigureAwait(Continuation.Capture);
        }
        finally
        {
            _stopped.TrySetResult();
        }
    }

    private async Task StopOnceAsync(CancellationToken deadline)
    {
        // Schedules first: what they publish once the gate is closed would be refused.
        parts.Schedules.Stop();
        parts.Gate.Close();

        // Not waited for here: the letters count as pending, and the drain waits for those.
        _ = parts.Delays.CloseAsync();
        DeliveryCounts before = parts.Catalog.Read().Total;
        foreach (Subscription subscription in parts.Catalog.All)
        {
            subscription.Dispatcher.Hurry();
        }

        Log.Draining(parts.Environment.Telemetry.Logger, before.Pending);
        await WriteOffPausedAsync().ConfigureAwait(Continuation.Capture);
        if (!await DrainAsync(deadline).ConfigureAwait(Continuation.Capture))
        {
            await AbortAsync().ConfigureAwait(Continuation.Capture);
        }

        Seal();
        DeliveryCounts after = parts.Catalog.Read().Total;
        Log.Stopped(parts.Environment.Telemetry.Logger, after.Accepted, after.Succeeded, after.DeadLettered);
    }

    private async Task<bool> DrainAsync(CancellationToken deadline)
    {
        TaskCompletionSource timeUp = new();
        using CancellationTokenRegistration registration =
            deadline.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), timeUp);
        Task settling = parts.WhenSettledAsync();
        if (await Task.WhenAny(settling, timeUp.Task).ConfigureAwait(Continuation.Capture) == settling)
        {
            return true;
        }

        // Out of the callback of whoever's token it was.
        await Task.Yield();
        return false;
    }

    private async Task DrainAsync(TimeSpan patience)
    {
        using CancellationTokenSource timeUp = new(TimerSpan.Cap(patience), parts.Environment.Clock);
        _ = await DrainAsync(timeUp.Token).ConfigureAwait(Continuation.Capture);
    }

    private async Task AbortAsync()
    {
        long deadBefore = parts.Catalog.Read().Total.DeadLettered;
        await WithPatienceAsync(WriteOffAsync()).ConfigureAwait(Continuation.Capture);

        // Handlers whose token has just fired get a moment to end; the watch gives up on the others when it has passed.
        await DrainAsync(parts.Options.AbandonAfter).ConfigureAwait(Continuation.Capture);
        int stuck = parts.Catalog.All.Sum(static each => (int)each.Counters.Read().Running);
        await WithPatienceAsync(GiveUpRunningAsync()).ConfigureAwait(Continuation.Capture);

        // What the watch gave up a moment ago may still be on its way to the dead letters.
        await DrainAsync(parts.Options.AbandonAfter).ConfigureAwait(Continuation.Capture);
        long written = parts.Catalog.Read().Total.DeadLettered - deadBefore;
        Log.DrainTimedOut(parts.Environment.Telemetry.Logger, written, stuck);
    }

    // A sink that hangs must not hold the host for ever.
    private async Task WithPatienceAsync(Task work)
    {
        try
        {
            await work.WaitAsync(TimerSpan.Cap(parts.Options.AbandonAfter), parts.Environment.Clock).ConfigureAwait(Continuation.Capture);
        }
        catch (TimeoutException)
        {
            // What it did not get to is still counted as pending, and shows in the closing log line.
        }
    }

    private Task GiveUpRunningAsync() =>
        Task.WhenAll(parts.Catalog.All.Select(static each => each.Dispatcher.GiveUpRunningAsync().AsTask()));

    // What is paused would be waited for in vain until the deadline.
    private Task WriteOffPausedAsync() => WithPatienceAsync(Task.WhenAll(parts.Catalog.All
        .Where(static each => each.Dispatcher.Paused is not null)
        .Select(static each => each.Dispatcher.GiveUpAsync(each.Dispatcher.Close()).AsTask())));

    private void Seal()
    {
        parts.Gate.Seal();
        Fire(_sealing);
    }

    // Not CancelAsync, which would run the callbacks on the thread pool and out of a simulation.
    private static void Fire(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (AggregateException)
        {
            // What the application hung on the token threw. The token has fired all the same.
        }
    }

    private async Task WriteOffAsync()
    {
        Seal();
        Task delayed = parts.Delays.CloseAsync();
        Fire(parts.Stopping);

        // Everything is closed before anything is waited for, and a sink that is slow for one subscription is so for it alone.
        List<(Subscription Subscription, IReadOnlyList<Delivery> Left)> closed =
            [.. parts.Catalog.All.Select(static each => (each, each.Dispatcher.Close()))];
        closed.ForEach(static each => each.Subscription.Dispatcher.StopRunning());
        await Task.WhenAll(closed.Select(static each => each.Subscription.Dispatcher.GiveUpAsync(each.Left).AsTask()).Append(delayed))
            .ConfigureAwait(Continuation.Capture);
    }
}
