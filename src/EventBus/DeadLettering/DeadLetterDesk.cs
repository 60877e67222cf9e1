using System.Diagnostics;
using EventBus.Diagnostics;

namespace EventBus.DeadLettering;

/// <summary>Where the application reads, redrives and discards dead letters.</summary>
internal sealed class DeadLetterDesk(DeadLetterOffice office, IRedriver redriver, TimeProvider clock, Telemetry telemetry)
    : IDeadLetters
{
    private const double SlowestPerSecond = 1 / 86_400.0;

    public IAsyncEnumerable<DeadLetter> QueryAsync(DeadLetterQuery? query, CancellationToken cancellationToken) =>
        office.QueryAsync(query ?? new DeadLetterQuery(), cancellationToken);

    public ValueTask<DeadLetter?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        office.FindAsync(id, cancellationToken);

    public async ValueTask<bool> RedriveAsync(Guid id, CancellationToken cancellationToken)
    {
        redriver.ThrowIfStopped();
        if (await office.FindAsync(id, cancellationToken).ConfigureAwait(Continuation.Capture) is { Reason: DeadLetterReason.Parked } parked
            && await redriver.LeaveToItsKeyAsync(parked).ConfigureAwait(Continuation.Capture))
        {
            return true;
        }

        // Before it is taken: whoever misses it in the store must see that it is not gone for good.
        office.TakeInHand(id);
        try
        {
            return await office.TryRemoveAsync(id, cancellationToken).ConfigureAwait(Continuation.Capture) is { } letter
                && await RedriveAsync(letter, cancellationToken).ConfigureAwait(Continuation.Capture);
        }
        finally
        {
            office.LetGo(id);
        }
    }

    public async ValueTask<RedriveResult> RedriveAsync(
        DeadLetterQuery query, RedriveOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        TimeSpan pause = PauseOf(options?.MaxPerSecond);
        redriver.ThrowIfStopped();

        // Listed in full before the first is moved: a letter that fails again at once must not be met a second time.
        List<Guid> matched = await ListAsync(query, cancellationToken).ConfigureAwait(Continuation.Capture);
        DateTimeOffset start = clock.GetUtcNow();
        int redriven = 0;
        int kept = 0;
        for (int i = 0; i < matched.Count && options is not { DryRun: true }; i++)
        {
            // By the letter's own place in time: single pauses would be rounded to a timer's milliseconds, and add up.
            TimeSpan wait = start + (i * pause) - clock.GetUtcNow();
            if (wait >= TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(wait, clock, cancellationToken).ConfigureAwait(Continuation.Capture);
            }

            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                redriven += await RedriveAsync(matched[i], cancellationToken).ConfigureAwait(Continuation.Capture) ? 1 : 0;
            }
            catch (InvalidOperationException) when (!redriver.IsStopped)
            {
                // No such subscription any more, or no room: the letter is back in its place, and the others may do better.
                kept++;
            }
        }

        return new RedriveResult(matched.Count, redriven, kept);
    }

    public async ValueTask<bool> DiscardAsync(Guid id, CancellationToken cancellationToken)
    {
        if (await office.TryRemoveAsync(id, cancellationToken).ConfigureAwait(Continuation.Capture) is not { } letter)
        {
            return false;
        }

        redriver.NoteDiscarded(letter);
        return true;
    }

    public async ValueTask<int> DiscardAsync(DeadLetterQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        int discarded = 0;
        foreach (Guid id in await ListAsync(query, cancellationToken).ConfigureAwait(Continuation.Capture))
        {
            discarded += await DiscardAsync(id, cancellationToken).ConfigureAwait(Continuation.Capture) ? 1 : 0;
        }

        return discarded;
    }

    private static TimeSpan PauseOf(double? maxPerSecond)
    {
        if (maxPerSecond is null)
        {
            return TimeSpan.Zero;
        }

        // Slower than one a day, a redrive would not be seen to move.
        if (maxPerSecond is not >= SlowestPerSecond)
        {
            throw new ArgumentOutOfRangeException(
                nameof(maxPerSecond),
                maxPerSecond,
                "MaxPerSecond must be above zero, and at least one letter a day (0.0000116). Write for example MaxPerSecond = 50.");
        }

        return TimeSpan.FromSeconds(1 / maxPerSecond.Value);
    }

    private async ValueTask<bool> RedriveAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        long startedAt = telemetry.Timestamp;
        Activity? activity = null;
        Exception? error = null;
        try
        {
            activity = telemetry.StartSettle("redrive", letter.Metadata, letter.Subscription);
            await redriver.RedriveAsync(letter, cancellationToken).ConfigureAwait(Continuation.Capture);
        }
        catch (Exception exception)
        {
            error = exception;
            Telemetry.Fail(activity, exception);
            await office.PutBackAsync(letter).ConfigureAwait(Continuation.Capture);
            throw;
        }
        finally
        {
            activity?.Dispose();
            telemetry.SettleEnded("redrive", letter.Metadata, letter.Subscription, startedAt, error);
        }

        Log.Redriven(telemetry.Logger, letter.Id, letter.Subscription);
        return true;
    }

    private async ValueTask<List<Guid>> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken)
    {
        List<Guid> ids = [];
        await foreach (DeadLetter letter in office.QueryAsync(query, cancellationToken).ConfigureAwait(Continuation.Capture))
        {
            ids.Add(letter.Id);
        }

        return ids;
    }
}
