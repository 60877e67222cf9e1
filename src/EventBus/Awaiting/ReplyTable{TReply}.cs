namespace EventBus.Awaiting;

/// <summary>The requests that wait for one type of reply, by their correlation ids, and those that no longer do.</summary>
/// <remarks>Thread-safe. Of timed-out requests the latest are remembered, to tell a late reply from an event that answers nothing.</remarks>
internal sealed class ReplyTable<TReply>(IEventBus bus, Lookout<TReply> lookout) : IOnlooker<TReply>
    where TReply : notnull
{
    private const int MostRemembered = 1_024;

    private readonly object _gate = new();
    private readonly Dictionary<Guid, Awaited<TReply>> _waiting = [];
    private readonly HashSet<Guid> _timedOut = [];
    private readonly Queue<Guid> _timedOutInOrder = new();

    // Looked at without the lock: whether any reply may be one.
    private volatile bool _isEmpty = true;

    public async Task<TReply> RequestAsync(object request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var id = Guid.CreateVersion7(bus.Clock.GetUtcNow());
        Awaited<TReply> reply = new(() => Describe(request, timeout));
        lookout.Hold();
        Enter(id, reply);
        try
        {
            _ = PublishAsync(request, id, reply, cancellationToken);
            return await reply.WaitAsync(bus, timeout, cancellationToken).ConfigureAwait(Continuation.Capture);
        }
        finally
        {
            Leave(id, reply);
        }
    }

    public void See(TReply @event, EventContext context)
    {
        // The request has its event id for its correlation id, as an event has that is not part of any conversation.
        if (_isEmpty || !Guid.TryParseExact(context.CorrelationId, "D", out Guid id) || id == context.EventId)
        {
            return;
        }

        Awaited<TReply>? reply;
        bool isLate = false;
        bool isLast = false;
        lock (_gate)
        {
            if (!_waiting.Remove(id, out reply))
            {
                isLate = _timedOut.Remove(id);
                isLast = isLate && _timedOut.Count == 0;
            }

            LookUnderLock();
        }

        if (isLate || (reply?.TrySucceed(@event) == false && reply.IsTimedOut))
        {
            (bus as ILateReplyCount)?.ReplyCameLate(context.TypeName);
        }

        if (isLast)
        {
            lookout.Release();
        }
    }

    private async Task PublishAsync(object request, Guid id, Awaited<TReply> reply, CancellationToken cancellationToken)
    {
        try
        {
            await bus.PublishAsync(request, new PublishOptions { EventId = id, CorrelationId = id.ToString() }, cancellationToken)
                .ConfigureAwait(Continuation.Capture);
        }
#pragma warning disable CA1031 // Whatever it is, it is thrown to whoever waits for the reply.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            reply.Fail(exception);
        }
    }

    private void Enter(Guid id, Awaited<TReply> reply)
    {
        lock (_gate)
        {
            _waiting.Add(id, reply);
            LookUnderLock();
        }
    }

    private void Leave(Guid id, Awaited<TReply> reply)
    {
        bool isHeld = false;
        lock (_gate)
        {
            // Not there where the reply came while the wait timed out: it was counted.
            if (_waiting.Remove(id) && reply.IsTimedOut)
            {
                // The first one hands its hold over: the late reply must be seen.
                isHeld = _timedOut.Count == 0;
                RememberUnderLock(id);
            }

            LookUnderLock();
        }

        if (!isHeld)
        {
            lookout.Release();
        }
    }

    private void RememberUnderLock(Guid id)
    {
        if (_timedOut.Count == 0)
        {
            // Only such as have been answered since.
            _timedOutInOrder.Clear();
        }

        _timedOut.Add(id);
        _timedOutInOrder.Enqueue(id);
        if (_timedOutInOrder.Count > MostRemembered)
        {
            _timedOut.Remove(_timedOutInOrder.Dequeue());
        }
    }

    private void LookUnderLock() => _isEmpty = _waiting.Count + _timedOut.Count == 0;

    private static string Describe(object request, TimeSpan timeout) =>
        $"No {typeof(TReply).Name} answered the {request.GetType().Name} within {timeout}. " +
        "The answer is published by the request's handler, or further down its chain. " +
        "Ask IEventBus.Explain whether a subscription takes the request, look for its dead letter, or wait longer.";
}
