using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using EventBus.Delivering;
using EventBus.Diagnostics;

namespace EventBus.Publishing.StraightLines;

/// <summary>
/// The straight line of inline handlers without filters while spans or metrics are collected: each handler is called in turn, and told of.
/// What does not complete at once goes on along the general way.
/// </summary>
/// <remarks>Thread-safe. TelemetryBenchmarks, WatchedAllocationTests.</remarks>
internal sealed class WatchedLine<TEvent>(TopicMap map, Topic<TEvent> topic, InlineLine<TEvent> inline)
    where TEvent : notnull
{
    private readonly Telemetry _telemetry = map.Telemetry;

    /// <summary>Calls all handlers. Entered with the lane's slot.</summary>
    public ValueTask Run(
        TEvent @event, PublishLane lane, PlainRuns run, RouteTable<TEvent> table, CancellationToken cancellationToken)
    {
        WatchedWalk walk = new() { Attempt = run.Attempt!, CancellationToken = cancellationToken };

        // A listener that publishes is not inside a handler.
        lane.Slot.StepInside(false);
        bool isLeft = false;
        try
        {
            walk.Begin(_telemetry, topic.Labels);
            ValueTask handling = Call(@event, table.Routes, lane.Slot, ref walk);
            if (walk.Next < table.Routes.Length)
            {
                isLeft = true;
                inline.Leave(lane, run, walk.Next, table.Routes.AsSpan(0, walk.Next), out ActiveWork ticket);
                return GoOnAsync(@event, table.Routes, walk, handling, ticket);
            }

            walk.End(_telemetry, topic.Labels);
        }
        catch (Exception exception) when (!isLeft)
        {
            // A listener's: no handler throws out of here.
            inline.Leave(lane, run, walk.Next, table.Routes.AsSpan(0, walk.Next), out ActiveWork ticket);
            walk.Attempt.End();
            PublishGate.Leave(ticket);
            if (!walk.IsOver)
            {
                walk.EndNow(_telemetry, topic.Labels, exception);
            }

            throw;
        }

        walk.Attempt.Envelope.Stamp(default);
        inline.End(lane, run, walk.Attempt);
        return default;
    }

    // Calls handlers while they complete at once. Where the walk ends before the last route, what is returned did not.
    private ValueTask Call(TEvent @event, Route<TEvent>[] routes, AmbientAttempt slot, ref WatchedWalk walk)
    {
        int version = walk.Attempt.Version;
        ExecutionContext between = ExecutionContext.Capture()!;
        for (; walk.Next < routes.Length; walk.Next++)
        {
            if (walk.Next > 0 && walk.CancellationToken.IsCancellationRequested)
            {
                return default;
            }

            ref readonly Route<TEvent> route = ref routes[walk.Next];
            DeliveryReport report = route.Subscription.Deliverer.Report;
            Labels labels = report.LabelsOf(topic.TypeName);
            walk.BeginDelivery(_telemetry, labels);
            slot.StepInside(true);
            report.CountHandler(labels, walk.Attempt);
            ValueTask handling = Call(@event, route, walk.Attempt, version + walk.Next);
            if (!handling.IsCompletedSuccessfully)
            {
                walk.IsInHandler = true;
                return handling;
            }

            handling.GetAwaiter().GetResult();
            report.HandlerEnded(labels, walk.Attempt);
            slot.StepInside(false);

            // Takes back what the handler has set, and makes the publish's span current without another change of the context.
            ExecutionContext.Restore(between);
            walk.EndDelivery(_telemetry, labels);
        }

        return default;
    }

    private static ValueTask Call(TEvent @event, in Route<TEvent> route, Attempt attempt, int version)
    {
        try
        {
            return route.Handler(@event, new EventContext(attempt, version), attempt.Token);
        }
#pragma warning disable CA1031 // The boundary of a delivery: whatever a handler throws ends here.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return ValueTask.FromException(exception);
        }
    }

    [SuppressMessage("Reliability", "CA2012:Use ValueTasks correctly", Justification = "Handed on once.")]
    private async ValueTask GoOnAsync(
        TEvent @event, Route<TEvent>[] routes, WatchedWalk walk, ValueTask handling, ActiveWork ticket)
    {
        // For this method's own flow: the publisher has its span back by now.
        Activity.Current = walk.Publishing ?? Activity.Current;
        Envelope envelope = walk.Attempt.Envelope;
        Exception? error = null;
        try
        {
            envelope.Settle(@event);
            if (walk.IsInHandler)
            {
                Deliverer deliverer = routes[walk.Next].Subscription.Deliverer;
                deliverer.Counters.AcceptedToRun();
                Delivery delivery = new(envelope, deliverer)
                {
                    IsInline = true,
                    PublisherToken = walk.CancellationToken,
                    Activity = walk.Processing,
                    StartedAt = walk.StartedAt,
                };
                await deliverer.AdoptAsync(delivery, walk.Attempt, handling, isAbandoned: false, deliverer.MakeAttempt)
                    .ConfigureAwait(Continuation.Capture);
                walk.Next++;
            }
            else
            {
                walk.Attempt.End();
            }

            Publication<TEvent> publication = new(map, topic, @event, envelope, insideHandler: false, walk.CancellationToken);
            await publication.RunAsync(routes.AsMemory(walk.Next)).ConfigureAwait(Continuation.Capture);
        }
        catch (Exception exception)
        {
            error = exception;
            throw;
        }
        finally
        {
            walk.EndNow(_telemetry, topic.Labels, error);
            PublishGate.Leave(ticket);
        }
    }
}
