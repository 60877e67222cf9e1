using System.Runtime.CompilerServices;
using EventBus.Delivering;

namespace EventBus.Publishing.StraightLines;

/// <summary>What a thread keeps from one publish to the next, so that the straight line shares nothing with other threads.</summary>
/// <remarks>Used by its thread alone, for all buses of the process.</remarks>
internal sealed class PublishLane
{
    [ThreadStatic]
    private static PublishLane? _current;

    private PlainRuns?[] _runs = [];
    private long _tick;
    private long _utcTicks;
    private ExecutionContext? _outside;

    /// <summary>The lane of the calling thread; null until it is <see cref="Made"/>.</summary>
    public static PublishLane? Current => _current;

    /// <summary>Whether the thread is in a publish on a straight line: what its handlers and filters publish takes the general way.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>Where the handlers of the publish under way find their attempt.</summary>
    public AmbientAttempt Slot { get; private set; } = new(answersItsThreadAlone: true);

    public static PublishLane Made() => _current ??= new PublishLane();

    /// <summary>The runs that the thread has last used for the topic of this number; null where there are none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PlainRuns? Find(int topic)
    {
        PlainRuns?[] runs = _runs;
        return (uint)topic < (uint)runs.Length ? runs[topic] : null;
    }

    /// <summary>Keeps the runs to be found for the topic of this number.</summary>
    public void Keep(int topic, PlainRuns runs)
    {
        if (topic >= _runs.Length)
        {
            Array.Resize(ref _runs, Math.Max(topic + 1, _runs.Length * 2));
        }

        _runs[topic] = runs;
    }

    /// <summary>The time of a publish that nobody waits for. UTC ticks.</summary>
    /// <remarks>
    /// Of the system's clock it is the time of the last tick that this thread has seen, some milliseconds back at most: reading the clock
    /// would cost a third of a queued publish. Another clock is asked each time.
    /// </remarks>
    public long UtcTicks(TimeProvider clock)
    {
        if (clock != TimeProvider.System)
        {
            return clock.GetUtcNow().UtcTicks;
        }

        long tick = Environment.TickCount64;
        if (tick != _tick)
        {
            _tick = tick;
            _utcTicks = clock.GetUtcNow().UtcTicks;
        }

        return _utcTicks;
    }

    /// <summary>Begins a publish to inline handlers.</summary>
    /// <param name="attempt">Theirs.</param>
    /// <param name="handlersWait">Whether one of them may go on after its call: then nobody else may have been in the slot before.</param>
    /// <returns>False inside a handler.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnter(Attempt attempt, bool handlersWait)
    {
        if (handlersWait && Slot.IsUsed)
        {
            Slot = new AmbientAttempt(answersItsThreadAlone: true);
        }

        return IsBusy = Slot.TryEnter(attempt);
    }

    /// <summary>Begins a publish to queues.</summary>
    /// <returns>False inside a handler.</returns>
    public bool TryEnter() => IsBusy = AmbientAttempt.IsOutside(ref _outside);

    /// <summary>Ends a publish to inline handlers.</summary>
    public void LeaveHandlers()
    {
        Slot.Leave();
        IsBusy = false;
    }

    /// <summary>Ends a publish to queues.</summary>
    public void Leave() => IsBusy = false;

    /// <summary>Ends a publish to inline handlers, and gives the slot to the one that goes on, whose context is of this version.</summary>
    public AmbientAttempt Detach(int version)
    {
        AmbientAttempt slot = Slot;
        Slot = new AmbientAttempt(answersItsThreadAlone: true);
        IsBusy = false;
        slot.Detach(version);
        return slot;
    }
}
