namespace EventBus;

/// <summary>Decides where the bus's own continuations and workers run: on the thread pool, or where a simulation wants them.</summary>
/// <remarks>See docs/decisions/2026-11-23-continuations.md. Thread-safe: nothing here changes after start.</remarks>
internal static class Continuation
{
    /// <summary>
    /// What every await passes to ConfigureAwait. False in production, where the JIT treats it as a constant; true in a process
    /// that sets the switch to run the bus under a scheduler of its own.
    /// </summary>
    public static readonly bool Capture =
        AppContext.TryGetSwitch("EventBus.CaptureContinuations", out bool captured) && captured;

    /// <summary>Queues work without the caller's execution context: nothing ambient of a publisher leaks into a handler.</summary>
    public static void Start(IThreadPoolWorkItem work)
    {
        if (Capture && SynchronizationContext.Current is { } scheduler)
        {
            scheduler.Post(static state => ((IThreadPoolWorkItem)state!).Execute(), work);
            return;
        }

        ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
    }
}
