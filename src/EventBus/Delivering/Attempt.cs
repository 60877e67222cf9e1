using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace EventBus.Delivering;

/// <summary>One try at a delivery: what its <see cref="EventContext"/> shows, and what its timeout acts on.</summary>
/// <remarks>
/// <para>Reused where nobody can hold it any more. A context knows its version, so that one of an ended try is told apart.</para>
/// <para>
/// A publish that calls handlers one after the other gives all of them one attempt: then a range of versions is valid, one for each of
/// the <see cref="IAttemptPlaces"/>, and moving on to the next handler writes nothing. See <see cref="Widen"/>.
/// </para>
/// <para>The list links belong to <see cref="AttemptWatch"/> and are guarded by its lock.</para>
/// </remarks>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A source without a timer or a parent holds nothing to release, and a handler may keep its token.")]
internal sealed class Attempt : IThreadPoolWorkItem, IValueTaskSource<bool>
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly Action _onHandlerEnded;
    private ManualResetValueTaskSourceCore<bool> _end;
    private ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter _handler;
    private TaskCompletionSource? _lateEnd;
    private readonly AttemptWatch? _ownWatch;
    private readonly string _ownName;
    private IAttemptPlaces? _places;
    private int _place;
    private bool _isNarrow = true;
    private int _firstVersion;
    private int _versions = 1;
    private int _isWaitOver;
    private volatile bool _isAbandoned;
    private (int Version, DateTimeOffset DueAt) _promised;

    public Attempt(Envelope envelope)
        : this(envelope, "", 1)
    {
    }

    public Attempt(Envelope envelope, string subscriptionName, int number, AttemptWatch? watch = null)
    {
        Envelope = envelope;
        Token = _cancellation.Token;
        _ownName = subscriptionName;
        Number = number;
        _ownWatch = watch;
        _onHandlerEnded = OnHandlerEnded;
    }

    public Envelope Envelope { get; set; }

    public CancellationToken Token { get; }

    public int Number { get; }

    /// <summary>The version of the context to be made next; for the i-th of several places, i more.</summary>
    public int Version => Volatile.Read(ref _firstVersion);

    /// <summary>Whether the token fired because the time was up.</summary>
    public bool IsTimedOut { get; set; }

    /// <summary>Whether the token fired because the bus stops.</summary>
    public bool IsStopped { get; set; }

    /// <summary>Whether the start of its handler was reported, so that its end must be too.</summary>
    public bool IsReported { get; set; }

    /// <summary>Guarded by the watch: the neighbours in order of their deadlines, and whether this is in the list.</summary>
    public Attempt? Earlier { get; set; }

    /// <inheritdoc cref="Earlier"/>
    public Attempt? Later { get; set; }

    /// <inheritdoc cref="Earlier"/>
    public WatchPhase Phase { get; set; }

    /// <summary>Guarded by the watch: when it next acts on this attempt.</summary>
    public DateTimeOffset DueAt { get; set; }

    /// <summary>When the handler was told that its time would be up, before anybody watched; null where it did not ask.</summary>
    public DateTimeOffset? PromisedDueAt => _promised.DueAt != default && _promised.Version == _firstVersion + _place ? _promised.DueAt : null;

    /// <summary>Whether a context of this version may still be read.</summary>
    public bool IsValid(int version) => (uint)(version - Volatile.Read(ref _firstVersion)) < (uint)_versions;

    public string SubscriptionNameAt(int version) => _places?.NameAt(version - _firstVersion) ?? _ownName;

    /// <summary>When the token fires; asking starts the watch where it does not run yet.</summary>
    public DateTimeOffset? DeadlineAt(int version)
    {
        if (_isNarrow)
        {
            return WatchAt(version)?.DeadlineOf(this);
        }

        // Not watched before the handler's first wait, which may never come: the answer is kept for it.
        if (_promised.DueAt == default || _promised.Version != version)
        {
            _promised = (version, WatchAt(version)!.NextDue() ?? default);
        }

        return _promised.DueAt == default ? null : _promised.DueAt;
    }

    /// <summary>Makes this the attempt of several handlers that are called one after the other.</summary>
    public void Widen(IAttemptPlaces places, int count)
    {
        _places = places;
        _place = 0;
        _isNarrow = false;
        _versions = count;
    }

    /// <summary>Lets go of those handlers' subscriptions, where none of them runs.</summary>
    public void Forget() => _places = null;

    /// <summary>Makes this the attempt of one of those handlers alone, the others being over or not begun.</summary>
    /// <remarks>The versions stay: that handler may be reading its context on another thread by now.</remarks>
    public void Narrow(int place)
    {
        _place = place;
        _isNarrow = true;
    }

    /// <summary>Makes every context of this attempt invalid, and stops watching it.</summary>
    public void End()
    {
        if (Phase != WatchPhase.Unwatched)
        {
            WatchAt(_firstVersion + _place)!.Remove(this);
        }

        Volatile.Write(ref _firstVersion, _firstVersion + _versions);
    }

    /// <summary>
    /// Fires the token, as work of its own: what a handler hung on it runs here, and may block. No other token waits for that.
    /// </summary>
    public void Execute() => Cancel();

    /// <summary>Ends the attempt and makes it as good as new for the next event.</summary>
    /// <returns>False where its token has fired or is about to.</returns>
    public bool TryReuse()
    {
        End();
        return !IsTimedOut && !IsStopped && _cancellation.TryReset();
    }

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

    /// <summary>Waits for the end of a handler, and not for ever: the watch may give it up.</summary>
    /// <returns>
    /// True when <paramref name="handling"/> has completed, whichever way. False when the handler has let its token fire and gone on
    /// regardless for too long; the caller goes on inside the watch's timer then, and must leave it at once.
    /// </returns>
    public ValueTask<bool> WaitAsync(ValueTask handling)
    {
        _end.Reset();
        Volatile.Write(ref _isWaitOver, 0);
        _handler = handling.ConfigureAwait(Continuation.Capture).GetAwaiter();
        ValueTask<bool> end = new(this, _end.Version);
        WatchAt(_firstVersion + _place)!.Add(this);
        _handler.UnsafeOnCompleted(_onHandlerEnded);
        return end;
    }

    /// <summary>Gives the handler up, unless it has ended.</summary>
    public void Abandon()
    {
        _isAbandoned = true;
        if (Interlocked.Exchange(ref _isWaitOver, 1) == 0)
        {
            _end.SetResult(false);
        }
    }

    public bool IsAbandoned => _isAbandoned;

    /// <summary>Ends when an abandoned handler does.</summary>
    public Task LateEnd => LateEndSource().Task;

    bool IValueTaskSource<bool>.GetResult(short token) => _end.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _end.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _end.OnCompleted(continuation, state, token, flags);

    private AttemptWatch? WatchAt(int version) => _places is null ? _ownWatch : _places.WatchAt(version - _firstVersion);

    private void OnHandlerEnded()
    {
        _handler = default;
        if (Interlocked.Exchange(ref _isWaitOver, 1) == 0)
        {
            _end.SetResult(true);
        }
        else
        {
            LateEndSource().TrySetResult();
        }
    }

    private TaskCompletionSource LateEndSource()
    {
        if (Volatile.Read(ref _lateEnd) is { } made)
        {
            return made;
        }

        TaskCompletionSource fresh = new();
        return Interlocked.CompareExchange(ref _lateEnd, fresh, null) ?? fresh;
    }
}
