using EventBus.Delivering;
using EventBus.Dispatching;
using EventBus.Filtering;

namespace EventBus.Publishing.StraightLines;

/// <summary>The straight line of an event whose subscriptions are all queued: it is put into each queue.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class QueueLine<TEvent>(TopicMap map, Topic<TEvent> topic)
    where TEvent : notnull
{
    private readonly PublishGate _gate = map.Gate;

    /// <summary>Puts the event into each queue that its filter lets it into, as long as each has room.</summary>
    public ValueTask Run(
        TEvent @event, PublishLane lane, PlainRuns run, RouteTable<TEvent> table, CancellationToken cancellationToken)
    {
        Route<TEvent>[] routes = table.Routes;
        long now;
        try
        {
            now = lane.UtcTicks(map.Clock);
        }
        catch
        {
            // A clock of the application's.
            lane.Leave();
            _gate.Leave(run);
            throw;
        }

        object boxed = @event;
        QueuedEvent queued = new(topic.TypeName, boxed, now);
        if (routes.Length > 1)
        {
            // Shared, so that all see one id if any asks for it.
            Envelope envelope = new();
            envelope.Fill(boxed, topic.TypeName, now);
            queued = new QueuedEvent(envelope, null, 0);
        }

        Walk walk = default;
        Exception? failure = null;
        try
        {
            for (; walk.Next < routes.Length; walk.Next++)
            {
                ref readonly Route<TEvent> route = ref routes[walk.Next];
                if (route.Predicate is { } predicate && !predicate(@event))
                {
                    route.Subscription.Counters.Filtered();
                }
                else if (route.Queue!.TryAdd(queued, mayOverflow: false) == DeliveryQueue.Addition.Added)
                {
                    walk.IsMatched = true;
                }
                else
                {
                    break;
                }
            }
        }
#pragma warning disable CA1031 // A filter is the application's code: what it throws concerns its own subscription alone.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception;
        }

        lane.Leave();
        if (walk.Next < routes.Length)
        {
            topic.CountPublished();
            ActiveWork ticket = _gate.GoOn();
            _gate.Leave(run);
            return GoOnAsync(
                @event, queued.Carrier as Envelope ?? queued.Fill(new Envelope()), routes, walk, failure, ticket, cancellationToken);
        }

        if (!walk.IsMatched)
        {
            topic.CountUnmatched();
        }

        _gate.End(run);
        return default;
    }

    // A queue has no room, or a filter failed: from here on along the general way.
    private async ValueTask GoOnAsync(
        TEvent @event,
        Envelope envelope,
        Route<TEvent>[] routes,
        Walk walk,
        Exception? failure,
        ActiveWork ticket,
        CancellationToken cancellationToken)
    {
        try
        {
            // The route that it came to has been asked, and is not asked again: the answer may not be the same.
            Publication<TEvent> publication = new(map, topic, @event, envelope, insideHandler: false, cancellationToken);
            await publication.RunAsync(routes.AsMemory(walk.Next), new FilterVerdict(IsMatch: true, failure))
                .ConfigureAwait(Continuation.Capture);
            publication.ThrowIfRefused();
        }
        finally
        {
            PublishGate.Leave(ticket);
        }
    }
}
