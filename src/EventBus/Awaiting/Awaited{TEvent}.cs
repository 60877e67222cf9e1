using EventBus.Delivering;
using EventBus.Publishing;

namespace EventBus.Awaiting;

/// <summary>One wait for one event: ended by the event, the clock, a token or the end of the bus, whichever comes first.</summary>
/// <remarks>Thread-safe; awaited once.</remarks>
internal sealed class Awaited<TEvent>
{
    private readonly TaskCompletionSource<TEvent> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsOver => _end.Task.IsCompleted;

    /// <summary>Whether the clock ended the wait. To be asked when the wait is over.</summary>
    public bool IsTimedOut { get; private set; }

    /// <returns>False where the wait was over.</returns>
    public bool TrySucceed(TEvent @event) => _end.TrySetResult(@event);

    public void Fail(Exception exception) => _end.TrySetException(exception);

    /// <param name="bus">Whose clock is looked at, and whose end ends the wait.</param>
    /// <param name="timeout">Above zero, or infinite.</param>
    /// <param name="describe">Says what did not come in time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<TEvent> WaitAsync(IEventBus bus, TimeSpan timeout, Func<string> describe, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration stop = bus.Stopped.UnsafeRegister(
            static state => ((Awaited<TEvent>)state!).Fail(
                new EventBusStoppedException($"The wait for '{typeof(TEvent).Name}'")),
            this);
        try
        {
            return await _end.Task.WaitAsync(TimerSpan.Cap(timeout), bus.Clock, cancellationToken).ConfigureAwait(Continuation.Capture);
        }
        catch (TimeoutException) when (TryTimeOut())
        {
            throw new TimeoutException(describe());
        }
        catch (TimeoutException)
        {
            // The event came at the same moment, or a filter threw this itself.
            return await _end.Task.ConfigureAwait(Continuation.Capture);
        }
        finally
        {
            // What comes from now on comes too late, and what failed at the same moment is nobody's.
            _end.TrySetCanceled(CancellationToken.None);
            _ = _end.Task.Exception;
        }
    }

    private bool TryTimeOut()
    {
        // Before others can see the end: who finds the wait over asks why.
        IsTimedOut = !IsOver;
        return _end.TrySetCanceled(CancellationToken.None);
    }
}
