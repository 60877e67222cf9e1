using EventBus.Delivering.Keys;

namespace EventBus.Publishing.Deduplicating;

/// <summary>Knows the deduplication ids of the last window, in memory: a durable form takes the place of this class.</summary>
/// <remarks>Thread-safe. No task is completed under the lock. A bus whose publishers give no ids keeps nothing here.</remarks>
internal sealed class Deduplication(TimeProvider clock, TimeSpan window) : IDisposable
{
    private const int LongestId = 200;

    private readonly object _gate = new();
    private readonly ExpiringKeys<(string TypeName, string Id)> _accepted = new(clock, window);
    private readonly Dictionary<(string TypeName, string Id), PublishClaim> _claims = [];
    private long _duplicates;

    /// <summary>Publishes that were found to be duplicates.</summary>
    public long Duplicates => Volatile.Read(ref _duplicates);

    /// <exception cref="ArgumentException">The id is not one.</exception>
    public static void ThrowIfInvalid(PublishOptions options)
    {
        if (options.DeduplicationId is not { } id)
        {
            return;
        }

        if (string.IsNullOrWhiteSpace(id))
        {
            throw new ArgumentException(
                $"The DeduplicationId is '{id}'. All events without a real one would be taken for the same. " +
                "Write what tells this event from others, such as DeduplicationId = order.OrderId, or null for none.",
                nameof(options));
        }

        if (id.Length > LongestId)
        {
            throw new ArgumentException(
                $"The DeduplicationId has {id.Length} characters, and {LongestId} are allowed: each is kept in memory for the window. " +
                "Write a shorter one, such as a hash of what it is made of.",
                nameof(options));
        }
    }

    /// <summary>Claims an id for a publish; waits where another publish has claimed it and is not accepted yet.</summary>
    /// <param name="typeName">The event type's stable name.</param>
    /// <param name="id">Compared by its characters.</param>
    /// <param name="insideHandler">Whether the publisher is a handler: it does not wait for one that waits for room.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The claim, to be accepted or released; null for a duplicate, which is counted.</returns>
    /// <exception cref="OperationCanceledException">The token fired during the wait.</exception>
    public async ValueTask<PublishClaim?> ClaimAsync(
        string typeName, string id, bool insideHandler, CancellationToken cancellationToken)
    {
        while (true)
        {
            PublishClaim? claim = TryClaim((typeName, id), insideHandler, out TaskCompletionSource<bool>? accepted);
            if (claim is not null)
            {
                return claim;
            }

            if (accepted is null || await WaitAsync(accepted, cancellationToken).ConfigureAwait(Continuation.Capture))
            {
                Interlocked.Increment(ref _duplicates);
                return null;
            }
        }
    }

    public void Accept(PublishClaim claim)
    {
        lock (_gate)
        {
            if (!TryEndUnderLock(claim))
            {
                return;
            }

            _accepted.Add(claim.Key);
        }

        Tell(claim, isAccepted: true);
    }

    public void Release(PublishClaim claim)
    {
        lock (_gate)
        {
            if (!TryEndUnderLock(claim))
            {
                return;
            }
        }

        Tell(claim, isAccepted: false);
    }

    public void WaitForRoom(PublishClaim claim)
    {
        lock (_gate)
        {
            claim.IsWaitingForRoom = true;
        }

        claim.WaitingHandlers?.ForEach(static each => each.TrySetResult(true));
    }

    public void Dispose() => _accepted.Dispose();

    private static async ValueTask<bool> WaitAsync(TaskCompletionSource<bool> accepted, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource<bool>)state!).TrySetCanceled(token), accepted);
        return await accepted.Task.ConfigureAwait(Continuation.Capture);
    }

    // Without a claim: what tells whether the publish that has it is accepted, or null where it is.
    private PublishClaim? TryClaim((string TypeName, string Id) key, bool insideHandler, out TaskCompletionSource<bool>? accepted)
    {
        accepted = null;
        lock (_gate)
        {
            if (_accepted.Contains(key))
            {
                return null;
            }

            if (!_claims.TryGetValue(key, out PublishClaim? first))
            {
                PublishClaim claim = new(this, key);
                _claims.Add(key, claim);
                return claim;
            }

            if (!insideHandler)
            {
                (first.Waiters ??= []).Add(accepted = new(TaskCreationOptions.RunContinuationsAsynchronously));
            }
            else if (!first.IsWaitingForRoom)
            {
                (first.WaitingHandlers ??= []).Add(accepted = new(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            return null;
        }
    }

    // Nobody begins to wait for it any more: it is not found.
    private bool TryEndUnderLock(PublishClaim claim) =>
        _claims.TryGetValue(claim.Key, out PublishClaim? current) && ReferenceEquals(current, claim) && _claims.Remove(claim.Key);

    private static void Tell(PublishClaim claim, bool isAccepted)
    {
        claim.WaitingHandlers?.ForEach(each => each.TrySetResult(isAccepted));
        claim.Waiters?.ForEach(each => each.TrySetResult(isAccepted));
    }
}
