namespace EventBus.Delivering;

/// <summary>Counts work under way, and tells when there is none.</summary>
/// <remarks>Thread-safe. Waiting is done by task, never by timer.</remarks>
internal sealed class ActiveWork
{
    private readonly object _gate = new();
    private long _count;
    private TaskCompletionSource? _idle;

    public bool IsNone => Volatile.Read(ref _count) == 0;

    public void Add()
    {
        // An end may be counted a moment before its beginning; then it is the beginning that comes to zero.
        if (Interlocked.Increment(ref _count) == 0)
        {
            ReachedZero();
        }
    }

    public void Remove()
    {
        if (Interlocked.Decrement(ref _count) == 0)
        {
            ReachedZero();
        }
    }

    /// <summary>Ends at the first moment when nothing is under way.</summary>
    public Task WhenNoneAsync()
    {
        TaskCompletionSource idle;
        lock (_gate)
        {
            idle = _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

            // Looked at after the source can be seen: either this finds zero, or the one who reaches zero finds the source.
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _count) != 0)
            {
                return idle.Task;
            }

            _idle = null;
        }

        idle.TrySetResult();
        return idle.Task;
    }

    private void ReachedZero()
    {
        if (Volatile.Read(ref _idle) is null)
        {
            return;
        }

        TaskCompletionSource? idle;
        lock (_gate)
        {
            if (Volatile.Read(ref _count) != 0)
            {
                // Work began since: its end comes by here again.
                return;
            }

            idle = _idle;
            _idle = null;
        }

        idle?.TrySetResult();
    }
}
