using System.Diagnostics.CodeAnalysis;

namespace EventBus.Delivering;

/// <summary>One try at a delivery: what its <see cref="EventContext"/> shows, and what its timeout acts on.</summary>
/// <remarks>
/// Reused for the next handler only where the handler completed synchronously; <see cref="Version"/> tells contexts of an ended
/// try apart. The list links belong to <see cref="AttemptWatch"/> and are guarded by its lock.
/// </remarks>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A source without a timer or a parent holds nothing to release, and a handler may keep its token.")]
internal sealed class Attempt : IThreadPoolWorkItem
{
    private readonly CancellationTokenSource _cancellation = new();
    private AttemptWatch? _watch;
    private TaskCompletionSource? _abandoned;
    private int _version;

    public Attempt(Envelope envelope)
    {
        Envelope = envelope;
        SubscriptionName = "";
    }

    public Attempt(Envelope envelope, string subscriptionName, int number, AttemptWatch? watch = null)
    {
        Envelope = envelope;
        SubscriptionName = subscriptionName;
        Number = number;
        _watch = watch;
    }

    public Envelope Envelope { get; }

    public string SubscriptionName { get; private set; }

    public int Number { get; private set; }

    public int Version => Volatile.Read(ref _version);

    public CancellationToken Token => _cancellation.Token;

    /// <summary>Whether the token fired because the time was up.</summary>
    public bool IsTimedOut { get; set; }

    /// <summary>Whether the token fired because the bus stops.</summary>
    public bool IsStopped { get; set; }

    /// <summary>When the token fires; asking starts the watch where it does not run yet.</summary>
    public DateTimeOffset? Deadline => _watch?.DeadlineOf(this);

    /// <summary>
    /// Ends when the handler has let its token fire and gone on regardless for too long. Whoever awaits it goes on inside the
    /// watch's timer, and must leave it at once.
    /// </summary>
    public Task Abandoned => AbandonedSource().Task;

    /// <summary>Guarded by the watch: the neighbours in order of their deadlines, and whether this is in the list.</summary>
    public Attempt? Earlier { get; set; }

    /// <inheritdoc cref="Earlier"/>
    public Attempt? Later { get; set; }

    /// <inheritdoc cref="Earlier"/>
    public WatchPhase Phase { get; set; }

    /// <summary>Guarded by the watch: when it next acts on this attempt.</summary>
    public DateTimeOffset DueAt { get; set; }

    /// <summary>Points the attempt at the next subscription of the same publish.</summary>
    public void Begin(string subscriptionName, AttemptWatch watch)
    {
        SubscriptionName = subscriptionName;
        Number = 1;
        _watch = watch;
    }

    /// <summary>Makes every context of this attempt invalid, and stops watching it.</summary>
    public void End()
    {
        Volatile.Write(ref _version, _version + 1);
        if (Phase != WatchPhase.Unwatched)
        {
            _watch!.Remove(this);
        }
    }

    /// <summary>Whether the start of its handler was reported, so that its end must be too.</summary>
    public bool IsReported { get; set; }

    /// <summary>
    /// Fires the token, as work of its own: what a handler hung on it runs here, and may block. No other token waits for that.
    /// </summary>
    public void Execute() => Cancel();

    /// <summary>Makes the attempt as good as new for the next publish.</summary>
    /// <returns>False where its token has fired or is about to.</returns>
    public bool TryReset() => !IsTimedOut && !IsStopped && _cancellation.TryReset();

    public void Cancel()
    {
        try
        {
            _cancellation.Cancel();
        }
        catch (AggregateException)
        {
            // What the handler hung on its token threw. The token has fired all the same, and this may be a timer's callback,
            // where an exception would end the process.
        }
    }

    public void Abandon() => AbandonedSource().TrySetResult();

    // Continuations run synchronously: Task.WhenAny would otherwise complete on the thread pool, out of a simulation.
    private TaskCompletionSource AbandonedSource()
    {
        if (Volatile.Read(ref _abandoned) is { } made)
        {
            return made;
        }

        TaskCompletionSource fresh = new();
        return Interlocked.CompareExchange(ref _abandoned, fresh, null) ?? fresh;
    }
}
