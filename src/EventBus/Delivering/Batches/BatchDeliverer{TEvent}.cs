namespace EventBus.Delivering.Batches;

/// <summary>The deliverer of a batch subscription: what it calls the handler with is a <see cref="Batch"/>.</summary>
internal sealed class BatchDeliverer<TEvent>(
    string name,
    Func<IReadOnlyList<TEvent>, BatchContext, CancellationToken, ValueTask> handler,
    DeliverySettings settings,
    DeliveryEnvironment environment)
    : Deliverer(name, settings, environment)
    where TEvent : notnull
{
    public override bool HandlerMayWait => true;

    public override async ValueTask CallHandler(object @event, EventContext context, CancellationToken cancellationToken)
    {
        var batch = (Batch)@event;
        BatchContext batchContext = new(batch.Members, context);
        TEvent[] events = [.. batch.Members.Select(static member => (TEvent)member.Envelope.Event!)];
        await handler(events, batchContext, cancellationToken).ConfigureAwait(Continuation.Capture);
        batch.NoteResult(batchContext);
    }
}
