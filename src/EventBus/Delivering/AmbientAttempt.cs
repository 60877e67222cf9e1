namespace EventBus.Delivering;

/// <summary>Knows, anywhere inside a handler, which attempt is running: a nested publish learns its cause from it.</summary>
/// <remarks>
/// <para>
/// An <see cref="AsyncLocal{T}"/> holds a slot, the slot holds the attempt. Setting an AsyncLocal allocates each time, so a thread that
/// calls handlers keeps a slot, and the execution context in which that slot is set, for the context it was called in last:
/// <see cref="TryEnter(Attempt)"/> then changes contexts, which is two pointers.
/// </para>
/// <para>
/// Such a slot is reused, so it answers its own thread alone: work that a handler left behind on another thread must not be taken for
/// part of the event that the thread handles next. A handler that goes on after its call takes the slot with it: <see cref="Detach"/>.
/// </para>
/// </remarks>
internal sealed class AmbientAttempt
{
    private const int AnyThread = 0;

    private static readonly AsyncLocal<AmbientAttempt?> Slot = new();

    private Attempt? _attempt;
    private int _version;
    private int _thread;

    // The context that the thread was in when it last entered, which holds no running attempt, and the same with this slot in it.
    private ExecutionContext? _outer;
    private ExecutionContext? _inner;

    // The last one that was seen to hold no running attempt.
    private ExecutionContext? _outside;

    /// <summary>The attempt inside whose handler the caller runs; null outside a handler.</summary>
    public static Attempt? Current
    {
        get
        {
            if (Slot.Value is not { _attempt: { } attempt } slot)
            {
                return null;
            }

            // Work that a handler left behind is not inside it: it may wait for room like any publisher.
            bool isInside = slot.IsAnyThreads(attempt)
                ? attempt.IsValid(slot._version)
                : slot.IsInside && slot._thread == Environment.CurrentManagedThreadId;
            return isInside ? attempt : null;
        }
    }

    /// <summary>Whether the slot's thread is inside a publish.</summary>
    public bool IsInside { get; private set; }

    /// <summary>Makes an attempt current for the rest of the calling async method and all it calls.</summary>
    /// <remarks>An async method's own changes to the execution context end with it, so nothing has to be undone.</remarks>
    public static void Set(Attempt attempt) => Slot.Value = new AmbientAttempt { _attempt = attempt, _version = attempt.Version };

    /// <summary>Makes an attempt current on this thread until <see cref="Leave"/> or <see cref="Detach"/>.</summary>
    /// <returns>False where the thread is inside a handler already, or its context does not flow; then nothing has changed.</returns>
    public bool TryEnter(Attempt attempt)
    {
        var outer = ExecutionContext.Capture();
        if (!ReferenceEquals(outer, _outer) || outer is null)
        {
            return TryEnterAnew(outer, attempt);
        }

        if (!ReferenceEquals(_attempt, attempt))
        {
            _attempt = attempt;
        }

        IsInside = true;
        ExecutionContext.Restore(_inner!);
        return true;
    }

    /// <summary>Marks the thread as inside a publish in which no handler is called, until <see cref="LeaveOnly"/>.</summary>
    /// <returns>False where the thread is inside a handler.</returns>
    public bool TryEnter()
    {
        var outer = ExecutionContext.Capture();
        if (!ReferenceEquals(outer, _outside) || outer is null)
        {
            if (Current is not null)
            {
                return false;
            }

            _outside = outer;
        }

        IsInside = true;
        return true;
    }

    /// <summary>Ends what <see cref="TryEnter()"/> began.</summary>
    public void LeaveOnly() => IsInside = false;

    /// <summary>As <see cref="TryEnter(Attempt)"/>, for a slot that goes from thread to thread.</summary>
    public bool TryEnterHere(Attempt attempt)
    {
        _thread = Environment.CurrentManagedThreadId;
        return TryEnter(attempt);
    }

    /// <summary>Makes another attempt current.</summary>
    public void Change(Attempt attempt) => _attempt = attempt;

    /// <summary>Takes back what a handler has set in its execution context, so that the next one does not see it.</summary>
    public void UndoChanges() => ExecutionContext.Restore(_inner!);

    /// <summary>Ends what <see cref="TryEnter(Attempt)"/> began, where every handler has completed.</summary>
    public void Leave()
    {
        IsInside = false;
        ExecutionContext.Restore(_outer!);
    }

    /// <summary>Ends it for the calling thread, where a handler goes on: the slot is that handler's from now on.</summary>
    /// <param name="version">Of the handler's context.</param>
    public void Detach(int version)
    {
        ExecutionContext outer = _outer!;
        _outer = null;
        Follow(version);
        Volatile.Write(ref _thread, AnyThread);
        ExecutionContext.Restore(outer);
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
    private bool IsAnyThreads(Attempt attempt)
    {
        SpinWait spin = default;
        while (Volatile.Read(ref _thread) is int thread and not AnyThread)
        {
            if (!IsInside || thread == Environment.CurrentManagedThreadId || _attempt != attempt || spin.Count > 50)
            {
                return false;
            }

            spin.SpinOnce(sleep1Threshold: -1);
        }

        return true;
    }

    private bool TryEnterAnew(ExecutionContext? outer, Attempt attempt)
    {
        if (outer is null || Current is not null)
        {
            return false;
        }

        Slot.Value = this;
        _inner = ExecutionContext.Capture();
        _outer = outer;
        _thread = Environment.CurrentManagedThreadId;
        _attempt = attempt;
        IsInside = true;
        return true;
    }
}
