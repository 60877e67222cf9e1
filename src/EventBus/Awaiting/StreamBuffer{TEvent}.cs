using System.Runtime.ExceptionServices;

namespace EventBus.Awaiting;

/// <summary>The bounded buffer between publishers and the one reader of a stream.</summary>
/// <remarks>Thread-safe. No code of the application runs, and no task is completed, under the lock.</remarks>
/// <param name="capacity">How many events may wait for the reader.</param>
/// <param name="fullMode">What becomes of one more.</param>
/// <param name="countDropped">Told of each event that is dropped.</param>
internal sealed class StreamBuffer<TEvent>(int capacity, StreamFullMode fullMode, Action countDropped)
{
    private readonly object _gate = new();
    private readonly Queue<TEvent> _events = new();
    private readonly LinkedList<WaitingEvent> _waiting = new();
    private TaskCompletionSource? _arrival;
    private bool _isOver;
    private Exception? _error;

    /// <summary>Takes an event, or does with it what the mode says.</summary>
    /// <returns>False where its publisher has to wait.</returns>
    public bool TryAdd(TEvent @event)
    {
        TaskCompletionSource? reader = null;
        bool isDropped = false;
        lock (_gate)
        {
            if (_isOver)
            {
                return true;
            }

            if (_events.Count < capacity)
            {
                _events.Enqueue(@event);
            }
            else
            {
                switch (fullMode)
                {
                    case StreamFullMode.Wait:
                        return false;
                    case StreamFullMode.Fail:
                        (_isOver, _error) = (true, new StreamOverflowException(capacity));
                        break;
                    case StreamFullMode.DropOldest:
                        _events.Dequeue();
                        _events.Enqueue(@event);
                        isDropped = true;
                        break;
                    default:
                        isDropped = true;
                        break;
                }
            }

            reader = TakeReaderUnderLock();
        }

        if (isDropped)
        {
            countDropped();
        }

        reader?.TrySetResult();
        return true;
    }

    /// <summary>Waits for room, first come, first served.</summary>
    /// <param name="event">The event.</param>
    /// <param name="mayOverflow">Whether it goes in beyond the bound, because waiting inside a handler could wait for ever.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token fired first; the event is not in.</exception>
    public ValueTask WaitToAddAsync(TEvent @event, bool mayOverflow, CancellationToken cancellationToken)
    {
        TaskCompletionSource? reader = null;
        WaitingEvent? waiting = null;
        lock (_gate)
        {
            if (_isOver)
            {
                return default;
            }

            if (!mayOverflow && _events.Count >= capacity)
            {
                waiting = new WaitingEvent(this, @event);
                _waiting.AddLast(waiting.Place);
            }
            else
            {
                _events.Enqueue(@event);
                reader = TakeReaderUnderLock();
            }
        }

        reader?.TrySetResult();
        return waiting is null ? default : new ValueTask(waiting.WaitAsync(cancellationToken));
    }

    /// <summary>Waits for an event. One reader at a time.</summary>
    /// <returns>False where the stream has ended.</returns>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    /// <exception cref="StreamOverflowException">The reader was too slow, and the mode is to fail.</exception>
    public async ValueTask<(bool IsEvent, TEvent Event)> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryTake(out TEvent? @event, out TaskCompletionSource? arrival))
            {
                return (true, @event!);
            }

            if (arrival is null)
            {
                return (false, default!);
            }

            using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
                static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), arrival);
            await arrival.Task.ConfigureAwait(Continuation.Capture);
        }
    }

    /// <summary>Takes nothing more. The reader gets what is there, and what publishers wait with, and then the end.</summary>
    /// <param name="error">What the end is; null where it is none but the end.</param>
    public void Complete(Exception? error = null) => End(keepEvents: true, error);

    /// <summary>Takes nothing more, and lets go of what is there: nobody reads it.</summary>
    public void Discard() => End(keepEvents: false, error: null);

    private void End(bool keepEvents, Exception? error)
    {
        TaskCompletionSource? reader;
        WaitingEvent[] admitted;
        lock (_gate)
        {
            (_error, _isOver) = (_isOver && keepEvents ? _error : error, true);
            admitted = [.. _waiting];
            _waiting.Clear();
            foreach (WaitingEvent waiting in admitted)
            {
                _events.Enqueue(waiting.Event);
            }

            if (!keepEvents)
            {
                _events.Clear();
            }

            reader = TakeReaderUnderLock();
        }

        reader?.TrySetResult();
        Array.ForEach(admitted, static each => each.Admit());
    }

    private bool TryTake(out TEvent? @event, out TaskCompletionSource? arrival)
    {
        WaitingEvent? admitted = null;
        arrival = null;
        lock (_gate)
        {
            if (!_events.TryDequeue(out @event))
            {
                if (!_isOver)
                {
                    _arrival = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    arrival = _arrival;
                    return false;
                }

                if (_error is not null)
                {
                    ExceptionDispatchInfo.Throw(_error);
                }

                return false;
            }

            if (_events.Count < capacity && _waiting.First is { } first)
            {
                admitted = first.Value;
                _waiting.RemoveFirst();
                _events.Enqueue(admitted.Event);
            }
        }

        admitted?.Admit();
        return true;
    }

    private TaskCompletionSource? TakeReaderUnderLock()
    {
        TaskCompletionSource? reader = _arrival;
        _arrival = null;
        return reader;
    }

    private bool TryWithdraw(WaitingEvent waiting)
    {
        lock (_gate)
        {
            if (waiting.Place.List is null)
            {
                return false;
            }

            _waiting.Remove(waiting.Place);
            return true;
        }
    }

    /// <summary>An event whose publisher waits for room.</summary>
    private sealed class WaitingEvent
    {
        private readonly StreamBuffer<TEvent> _buffer;
        private readonly TaskCompletionSource _room = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public WaitingEvent(StreamBuffer<TEvent> buffer, TEvent @event)
        {
            _buffer = buffer;
            Event = @event;
            Place = new LinkedListNode<WaitingEvent>(this);
        }

        public TEvent Event { get; }

        public LinkedListNode<WaitingEvent> Place { get; }

        public void Admit() => _room.TrySetResult();

        public async Task WaitAsync(CancellationToken cancellationToken)
        {
            using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
                static (state, token) =>
                {
                    var waiting = (WaitingEvent)state!;
                    if (waiting._buffer.TryWithdraw(waiting))
                    {
                        waiting._room.TrySetCanceled(token);
                    }
                },
                this);
            await _room.Task.ConfigureAwait(Continuation.Capture);
        }
    }
}
