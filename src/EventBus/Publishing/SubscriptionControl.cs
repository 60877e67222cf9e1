using EventBus.Dispatching;
using EventBus.Patterns;
using EventBus.Subscriptions;

namespace EventBus.Publishing;

/// <summary>Finds subscriptions by their names, to halt them.</summary>
internal sealed class SubscriptionControl(SubscriptionCatalog catalog, PublishGate gate) : ISubscriptionControl
{
    public void Pause(string subscription, PauseMode mode)
    {
        QueuedDispatcher dispatcher = Find(subscription, mode);
        dispatcher.Queue.Pause(mode);
        WriteOffAtAStop(dispatcher);
    }

    public void Resume(string subscription) => Find(subscription, PauseMode.Hold).Queue.Unpause();

    public async ValueTask DrainAsync(string subscription, PauseMode mode, CancellationToken cancellationToken)
    {
        QueuedDispatcher dispatcher = Find(subscription, mode);
        Subscription found = catalog.Find(subscription)!;
        while (true)
        {
            if (dispatcher.Paused is not null)
            {
                throw new InvalidOperationException(
                    $"'{subscription}' cannot be drained because it is paused: what it has accepted would wait for ever. " +
                    $"Write control.Resume(\"{subscription}\") first.");
            }

            await WhenNothingIsPendingAsync(found).WaitAsync(cancellationToken).ConfigureAwait(Continuation.Capture);
            cancellationToken.ThrowIfCancellationRequested();
            if (dispatcher.Queue.TryPauseAtRest(mode))
            {
                WriteOffAtAStop(dispatcher);
                return;
            }

            // A worker is on its way from its last delivery to its end, and may need this very thread to come there.
            await Task.Yield();
        }
    }

    // What is held would be waited for in vain until the deadline.
    private void WriteOffAtAStop(QueuedDispatcher dispatcher)
    {
        // Either the stop finds the subscription paused, or it is found here that there is one.
        Interlocked.MemoryBarrier();
        if (gate.IsClosed)
        {
            _ = dispatcher.GiveUpAsync(dispatcher.Close()).AsTask();
        }
    }

    // With an await of its own: WaitAsync would go on in the thread pool, also where a simulation wants the continuations.
    private static async Task WhenNothingIsPendingAsync(Subscription subscription) =>
        await subscription.Counters.Pending.WhenNoneAsync().ConfigureAwait(Continuation.Capture);

    private QueuedDispatcher Find(string subscription, PauseMode mode)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        if (mode is not (PauseMode.Hold or PauseMode.DeadLetter))
        {
            throw new ArgumentOutOfRangeException(nameof(mode), mode, "Write PauseMode.Hold or PauseMode.DeadLetter.");
        }

        if (catalog.Find(subscription) is not { } found)
        {
            string[] known = [.. catalog.All.Select(static each => each.Name)];
            throw new ArgumentException(
                $"No subscription is named '{subscription}'.{Spelling.DidYouMean(subscription, known)} " +
                $"Known are: {(known.Length == 0 ? "none" : string.Join(", ", known))}.",
                nameof(subscription));
        }

        return found.Dispatcher as QueuedDispatcher ?? throw new InvalidOperationException(
            $"'{subscription}' is inline and cannot be paused: its handler runs in the publisher's own flow, where there is no queue to hold " +
            "an event. Remove .Inline() to give it one.");
    }
}
