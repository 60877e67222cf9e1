namespace EventBus.Benchmarks.Queueing;

/// <summary>What queued handlers do: they count an event, and the last one ends a task.</summary>
public sealed class Countdown
{
    // A queue that loses an event must end in an error, not in a benchmark that waits for ever.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private TaskCompletionSource _ended = new();
    private int _left;

    /// <summary>Ends with the last event.</summary>
    /// <exception cref="TimeoutException">Events were lost.</exception>
    public Task Ended => _ended.Task.WaitAsync(Patience);

    public void Start(int events)
    {
        Check();
        _left = events;
        _ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Counts an event. For one consumer at a time.</summary>
    public void Signal(Measured @event)
    {
        _left -= @event.Value;
        if (_left == 0)
        {
            _ended.SetResult();
        }
    }

    /// <summary>Counts an event. For any number of consumers.</summary>
    public void SignalFromMany(Measured @event)
    {
        if (Interlocked.Add(ref _left, -@event.Value) == 0)
        {
            _ended.SetResult();
        }
    }

    /// <exception cref="InvalidOperationException">There were more events, or fewer, than were published.</exception>
    public void Check()
    {
        if (_left != 0)
        {
            throw new InvalidOperationException($"{_left} events were lost; a negative number came twice.");
        }
    }
}
