using EventBus.Delivering;
using EventBus.Subscriptions;

namespace EventBus.Publishing;

/// <summary>Ends a subscription when it is disposed: no new events, then the accepted ones to their end.</summary>
internal sealed class RuntimeSubscription(BusParts parts, Subscription subscription) : IEventSubscription
{
    private Task? _ending;

    public string Name => subscription.Name;

    public ValueTask DisposeAsync()
    {
        // A handler that waited for its own subscription to end would wait for itself.
        bool insideHandler = AmbientAttempt.Current is not null;
        Task ending = Begin();
        return insideHandler ? default : new ValueTask(ending);
    }

    private Task Begin()
    {
        TaskCompletionSource fresh = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _ending, fresh.Task, null) is { } begun)
        {
            return begun;
        }

        _ = EndAsync(parts.Topics.Remove(subscription), fresh);
        return fresh.Task;
    }

    private async Task EndAsync(IReadOnlyList<PatternRoute> routes, TaskCompletionSource ended)
    {
        await parts.Gate.WhenPastAsync().ConfigureAwait(Continuation.Capture);
        parts.Topics.Forget(routes);
        await parts.Delays.EndAsync(subscription).ConfigureAwait(Continuation.Capture);
        subscription.Dispatcher.Hurry();
        await subscription.Counters.Pending.WhenNoneAsync().ConfigureAwait(Continuation.Capture);
        await subscription.Dispatcher.GiveUpAsync(subscription.Dispatcher.Close()).ConfigureAwait(Continuation.Capture);
        parts.Catalog.Remove(subscription);
        subscription.Deliverer.Dispose();
        ended.SetResult();
    }
}
