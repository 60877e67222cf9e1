namespace EventBus.Delivering;

/// <summary>Knows, anywhere inside a handler, which attempt is running: a nested publish learns its cause from it.</summary>
/// <remarks>
/// <para>
/// An <see cref="AsyncLocal{T}"/> holds a slot, the slot holds the attempt. Setting an AsyncLocal allocates each time, so who calls handlers
/// keeps a slot, and the execution context in which that slot is set, for the context it was called in last: <see cref="TryEnter"/> then
/// changes contexts, which is two pointers.
/// </para>
/// <para>
/// A handler that goes on after its call takes the slot with it (<see cref="Detach"/>), and its attempt's version says when it has ended.
/// Before that, on another thread, work that the handler has started cannot be told from work that an earlier handler has left behind in
/// the same context. A publisher's thread takes it for left behind: its slot answers that thread alone. A queue's worker takes it for its
/// handler's, which may be waiting for it to find room in the very same queue, and uses another slot from then on: see
/// <see cref="IsShared"/>.
/// </para>
/// </remarks>
internal sealed class AmbientAttempt(bool answersItsThreadAlone)
{
    private const int LongestWait = 50;

    private static readonly AsyncLocal<AmbientAttempt?> Slot = new();

    private readonly bool _answersItsThreadAlone = answersItsThreadAlone;
    private Attempt? _attempt;
    private int _version;
    private int _thread;
    private volatile bool _isInside;
    private volatile bool _isDetached;
    private volatile bool _isShared;

    // The context to go back to; the same with this slot in it; and the first again, if it holds no slot at all, or null.
    private ExecutionContext? _outer;
    private ExecutionContext? _inner;
    private ExecutionContext? _known;

    /// <summary>The attempt inside whose handler the caller runs; null outside a handler.</summary>
    public static Attempt? Current
    {
        get
        {
            if (Slot.Value is not { _attempt: { } attempt } slot)
            {
                return null;
            }

            if (slot._isDetached)
            {
                // Work that a handler left behind is not inside it: it may wait for room like any publisher.
                return attempt.IsValid(slot._version) ? attempt : null;
            }

            if (slot._thread == Environment.CurrentManagedThreadId)
            {
                return slot._isInside ? attempt : null;
            }

            return slot._answersItsThreadAlone ? slot.WhenDetached(attempt) : slot.WhenShared(attempt);
        }
    }

    /// <summary>Whether the slot was ever entered: then something may have been left behind in its context.</summary>
    public bool IsUsed => _inner is not null;

    /// <summary>Whether another thread than the owner's was found in the slot's context: it must not be entered again.</summary>
    public bool IsShared => _isShared;

    /// <summary>Makes an attempt current for the rest of the calling async method and all it calls.</summary>
    /// <remarks>An async method's own changes to the execution context end with it, so nothing has to be undone.</remarks>
    public static void Set(Attempt attempt) =>
        Slot.Value = new AmbientAttempt(answersItsThreadAlone: false) { _attempt = attempt, _version = attempt.Version, _isDetached = true };

    /// <summary>Whether the caller runs outside every handler.</summary>
    /// <param name="known">The caller's own: the context in which it was so the last time. Null at first.</param>
    public static bool IsOutside(ref ExecutionContext? known)
    {
        var context = ExecutionContext.Capture();
        if (context is not null && ReferenceEquals(context, known))
        {
            return true;
        }

        if (Slot.Value is not null)
        {
            return Current is null;
        }

        known = context;
        return true;
    }

    /// <summary>Makes an attempt current on this thread until <see cref="Leave"/> or <see cref="Detach"/>.</summary>
    /// <returns>False where the thread is inside a handler already, or its context does not flow; then nothing has changed.</returns>
    public bool TryEnter(Attempt attempt)
    {
        var outer = ExecutionContext.Capture();
        if (!ReferenceEquals(outer, _known) || outer is null)
        {
            return TryEnterAnew(outer, attempt);
        }

        if (!ReferenceEquals(_attempt, attempt))
        {
            _attempt = attempt;
        }

        _isInside = true;
        ExecutionContext.Restore(_inner!);
        return true;
    }

    /// <summary>As <see cref="TryEnter"/>, for a slot that goes from thread to thread.</summary>
    public bool TryEnterHere(Attempt attempt)
    {
        _thread = Environment.CurrentManagedThreadId;
        return TryEnter(attempt);
    }

    /// <summary>Says whether a handler is being called, on this thread between <see cref="TryEnter"/> and the end.</summary>
    public void StepInside(bool isInside) => _isInside = isInside;

    /// <summary>Makes another attempt current.</summary>
    public void Change(Attempt attempt) => _attempt = attempt;

    /// <summary>Takes back what a handler has set in its execution context, so that the next one does not see it.</summary>
    public void UndoChanges() => ExecutionContext.Restore(_inner!);

    /// <summary>Ends what <see cref="TryEnter"/> began, where every handler has completed.</summary>
    public void Leave()
    {
        _isInside = false;
        ExecutionContext.Restore(_outer!);
    }

    /// <summary>Ends it for the calling thread, where a handler goes on: the slot is that handler's from now on.</summary>
    /// <param name="version">Of the handler's context.</param>
    public void Detach(int version)
    {
        Follow(version);
        _isDetached = true;
        ExecutionContext.Restore(_outer!);
        _outer = null;
        _known = null;
    }

    /// <summary>Makes the attempt current again, on any thread, until the calling async method awaits.</summary>
    public void Resume()
    {
        Follow(_attempt!.Version);
        ExecutionContext.Restore(_inner!);
    }

    /// <summary>Points a detached slot at another of its attempt's contexts.</summary>
    public void Follow(int version) => Volatile.Write(ref _version, version);

    // A handler may go on, on another thread, before the one that called it has come to give the slot away.
    private Attempt? WhenDetached(Attempt attempt)
    {
        SpinWait spin = default;
        while (_isInside && !_isDetached && _attempt == attempt && spin.Count < LongestWait)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }

        return _isDetached && attempt.IsValid(Volatile.Read(ref _version)) ? attempt : null;
    }

    private Attempt? WhenShared(Attempt attempt)
    {
        if (!_isInside)
        {
            return null;
        }

        _isShared = true;
        return attempt;
    }

    private bool TryEnterAnew(ExecutionContext? outer, Attempt attempt)
    {
        AmbientAttempt? other = Slot.Value;
        if (outer is null || Current is not null)
        {
            return false;
        }

        Slot.Value = this;
        _inner = ExecutionContext.Capture();
        _outer = outer;

        // A slot of somebody else's that is outside now may be inside when the context is met again.
        _known = other is null ? outer : null;
        _thread = Environment.CurrentManagedThreadId;
        _attempt = attempt;
        _isInside = true;
        return true;
    }
}
