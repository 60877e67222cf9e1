using EventBus.Delivering;
using EventBus.Publishing;

namespace EventBus.Awaiting;

/// <summary>One wait for one event: ended by the event, the clock, a token or the end of the bus, whichever comes first.</summary>
/// <remarks>
/// Thread-safe; waited for once. Not <see cref="Task.WaitAsync(TimeSpan, TimeProvider, CancellationToken)"/>, which goes on in the thread
/// pool and so out of a simulation, and does not say which of two ends at once came first.
/// </remarks>
/// <param name="describe">Says what did not come in time.</param>
internal sealed class Awaited<TEvent>(Func<string> describe)
{
    private readonly TaskCompletionSource<TEvent> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TimeoutException? _timeout;

    public bool IsOver => _end.Task.IsCompleted;

    /// <summary>Whether the clock ended the wait.</summary>
    public bool IsTimedOut => _end.Task.Exception?.InnerException is { } error && ReferenceEquals(error, Volatile.Read(ref _timeout));

    /// <returns>False where the wait was over.</returns>
    public bool TrySucceed(TEvent @event) => _end.TrySetResult(@event);

    public void Fail(Exception exception) => _end.TrySetException(exception);

    /// <param name="bus">Whose clock is looked at, and whose end ends the wait.</param>
    /// <param name="timeout">Above zero, or infinite.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<TEvent> WaitAsync(IEventBus bus, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration stop = bus.Stopped.UnsafeRegister(
            static state => ((Awaited<TEvent>)state!).Fail(new EventBusStoppedException($"The wait for '{typeof(TEvent).Name}'")), this);
        using CancellationTokenRegistration cancellation = cancellationToken.UnsafeRegister(
            static (state, token) => ((Awaited<TEvent>)state!)._end.TrySetCanceled(token), this);
        using ITimer? timer = timeout == Timeout.InfiniteTimeSpan
            ? null
            : bus.Clock.CreateTimer(
                static state => ((Awaited<TEvent>)state!).TimeOut(), this, TimerSpan.Cap(timeout), Timeout.InfiniteTimeSpan);
        return await _end.Task.ConfigureAwait(Continuation.Capture);
    }

    private void TimeOut()
    {
        if (IsOver)
        {
            return;
        }

        // Before others can see the end: who finds the wait over asks why.
        TimeoutException timeout = new(describe());
        Volatile.Write(ref _timeout, timeout);
        Fail(timeout);
    }
}
