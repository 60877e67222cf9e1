using EventBus.Delivering;

namespace EventBus.Dispatching.Batches;

/// <summary>Says when the events that wait in a queue are enough for a batch, and lets the queue know when they have waited long enough.</summary>
/// <remarks>
/// Guarded by the queue's lock. An alarm is set only while events wait and no batch is closed; whoever finds the bus idle finds it set.
/// </remarks>
internal sealed class BatchWindow(BatchOptions options, int capacity, TimeProvider clock, AlarmClock alarms, Action ring)
{
    private readonly TimeSpan _window = options.Window;

    // More cannot come where the queue holds no more.
    private readonly int _enough = Math.Min(options.Size, capacity);
    private AlarmClock.Alarm? _alarm;
    private bool _isOpen = options.Window > TimeSpan.Zero;

    /// <summary>How many events a batch has at most.</summary>
    public int Size { get; } = options.Size;

    /// <summary>When it is. UTC ticks.</summary>
    public long Now => clock.GetUtcNow().UtcTicks;

    /// <summary>Waits for nothing any more: what is there makes a batch.</summary>
    public void Close() => _isOpen = false;

    /// <summary>Says how many batches are closed, and sets the alarm for the next one where none is.</summary>
    /// <param name="waiting">How many events wait.</param>
    /// <param name="since">Since when the first of them waits. UTC ticks.</param>
    public long Look(long waiting, long since)
    {
        long closed = Closed(waiting, since);
        if (waiting == 0 || closed > 0)
        {
            CancelAlarm();
        }
        else
        {
            SetAlarm(new DateTimeOffset(since, TimeSpan.Zero) + _window);
        }

        return closed;
    }

    private long Closed(long waiting, long since)
    {
        if (!_isOpen)
        {
            return (waiting + Size - 1) / Size;
        }

        long full = waiting / _enough;
        return full > 0 || waiting == 0 || Now - since < _window.Ticks ? full : 1;
    }

    private void SetAlarm(DateTimeOffset due)
    {
        if (_alarm?.Due != due)
        {
            CancelAlarm();
            _alarm = alarms.Set(due, ring);
        }
    }

    private void CancelAlarm()
    {
        _alarm?.TryCancel();
        _alarm = null;
    }
}
