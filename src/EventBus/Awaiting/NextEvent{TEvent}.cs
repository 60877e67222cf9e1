namespace EventBus.Awaiting;

/// <summary>Waits for the next event that passes a filter.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class NextEvent<TEvent> : IOnlooker<TEvent>
    where TEvent : notnull
{
    private readonly Func<TEvent, bool>? _filter;
    private readonly Awaited<TEvent> _awaited;
    private int _turnedAway;

    private NextEvent(Func<TEvent, bool>? filter, TimeSpan timeout)
    {
        _filter = filter;
        _awaited = new Awaited<TEvent>(() => Describe(timeout));
    }

    public static async ValueTask<TEvent> WaitAsync(
        IEventBus bus, Func<TEvent, bool>? filter, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Lookout<TEvent> lookout = AwaitingDesk.Of(bus).LookoutFor<TEvent>();
        NextEvent<TEvent> next = new(filter, timeout);
        lookout.Hold();
        lookout.Add(next);
        try
        {
            return await next._awaited.WaitAsync(bus, timeout, cancellationToken).ConfigureAwait(Continuation.Capture);
        }
        finally
        {
            lookout.Remove(next);
            lookout.Release();
        }
    }

    public void See(TEvent @event, EventContext context)
    {
        if (_awaited.IsOver)
        {
            return;
        }

        try
        {
            if (_filter is null || _filter(@event))
            {
                _awaited.TrySucceed(@event);
            }
            else
            {
                Interlocked.Increment(ref _turnedAway);
            }
        }
#pragma warning disable CA1031 // The filter is the caller's, who is told; the publisher has nothing to do with it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _awaited.Fail(exception);
        }
    }

    private string Describe(TimeSpan timeout)
    {
        string type = typeof(TEvent).Name;
        return _turnedAway == 0
            ? $"No {type} was published within {timeout}. Only what is published after the call counts. " +
                "Call NextAsync before what causes the event and await it afterwards, or wait longer."
            : $"No {type} that passes the filter was published within {timeout}: it turned {_turnedAway} away. " +
                "Only what is published after the call counts. Look at the filter, or wait longer.";
    }
}
