namespace EventBus.Delivering;

/// <summary>Knows, anywhere inside a handler, which attempt is running: a nested publish learns its cause from it.</summary>
/// <remarks>
/// An <see cref="AsyncLocal{T}"/> holds a slot, the slot holds the attempt. A handler that completes synchronously uses the slot of
/// its thread, whose execution context is made once and then restored, because setting an AsyncLocal allocates each time. Such a
/// slot is reused, so it answers its own thread alone: work that a handler left behind on another thread must not be taken for
/// part of the event that the thread handles next.
/// </remarks>
internal sealed class AmbientAttempt
{
    private const int AnyThread = 0;

    private static readonly AsyncLocal<AmbientAttempt?> Slot = new();

    [ThreadStatic]
    private static AmbientAttempt? _reusable;

    private Attempt? _attempt;
    private int _version;
    private int _thread;
    private ExecutionContext? _outer;
    private ExecutionContext? _inner;

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
            bool isInside = slot._thread == AnyThread
                ? slot._version == attempt.Version
                : slot._thread == Environment.CurrentManagedThreadId;
            return isInside ? attempt : null;
        }
    }

    /// <summary>Makes an attempt current for the rest of the calling async method and all it calls.</summary>
    /// <remarks>An async method's own changes to the execution context end with it, so nothing has to be undone.</remarks>
    public static void Set(Attempt attempt) => Slot.Value = new AmbientAttempt { _attempt = attempt, _version = attempt.Version };

    /// <summary>Makes an attempt current on this thread until <see cref="Leave"/> or <see cref="Detach"/>.</summary>
    public static AmbientAttempt Enter(Attempt attempt)
    {
        AmbientAttempt slot = _reusable ?? new AmbientAttempt();
        _reusable = null;
        var outer = ExecutionContext.Capture();
        if (slot._inner is not null && outer is not null && ReferenceEquals(slot._outer, outer))
        {
            ExecutionContext.Restore(slot._inner);
        }
        else
        {
            Slot.Value = slot;
            slot._outer = outer;
            slot._inner = ExecutionContext.Capture();
            slot._thread = Environment.CurrentManagedThreadId;
        }

        slot._attempt = attempt;
        return slot;
    }

    /// <summary>Takes back what a handler has set in its execution context, so that the next one does not see it.</summary>
    public void UndoChanges()
    {
        if (_inner is not null && !ReferenceEquals(ExecutionContext.Capture(), _inner))
        {
            ExecutionContext.Restore(_inner);
        }
    }

    /// <summary>Ends what <see cref="Enter"/> began, where every handler has completed.</summary>
    public void Leave()
    {
        _attempt = null;
        RestoreOuter();
        _reusable = this;
    }

    /// <summary>Ends it for the calling thread, where a handler goes on: the slot is that handler's from now on.</summary>
    public void Detach()
    {
        _version = _attempt!.Version;
        _thread = AnyThread;
        RestoreOuter();
    }

    private void RestoreOuter()
    {
        if (_outer is not null)
        {
            ExecutionContext.Restore(_outer);
        }
        else
        {
            // The flow was suppressed: there is no context to go back to, only a value to take away.
            Slot.Value = null;
        }
    }
}
