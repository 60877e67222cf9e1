using EventBus.Delivering;
using EventBus.Diagnostics;
using EventBus.Dispatching;
using EventBus.Filtering;
using EventBus.Publishing.Deduplicating;
using EventBus.Publishing.Delaying;
using EventBus.Subscriptions;
using Microsoft.Extensions.Logging;

namespace EventBus.Publishing;

/// <summary>One publish on the general way: asks the filters, hands the event over, waits for room, collects refusals.</summary>
/// <remarks>Used by one flow.</remarks>
internal sealed class Publication<TEvent>(
    TopicMap map,
    Topic topic,
    TEvent @event,
    Envelope envelope,
    bool insideHandler,
    CancellationToken cancellationToken,
    PublishClaim? claim = null)
    where TEvent : notnull
{
    private List<string>? _rejected;
    private List<Exception>? _failures;
    private bool _isCancelled;

    /// <summary>Where the event is to wait for its time: takes the subscriptions that want it, in place of a delivery to them.</summary>
    public Delay? Delay { get; init; }

    /// <summary>Takes the event along the routes.</summary>
    /// <param name="routes">The routes.</param>
    /// <param name="first">What the filter of the first of them has said, where it was asked already.</param>
    /// <returns>Whether any subscription wanted it.</returns>
    public async ValueTask<bool> RunAsync(ReadOnlyMemory<Route<TEvent>> routes, FilterVerdict? first = null)
    {
        bool matched = false;
        List<(Delivery Delivery, ValueTask<DispatchOutcome> Outcome)>? waiting = null;
        for (int i = 0; i < routes.Length; i++)
        {
            Route<TEvent> route = routes.Span[i];
            FilterVerdict verdict = i == 0 && first is { } said ? said : route.Filter.Judge(@event, topic.TypeName, map.Telemetry);
            if (!verdict.IsMatch)
            {
                ReportFiltered(route.Subscription);
                continue;
            }

            matched = true;
            Subscription subscription = route.Subscription;
            Delivery delivery = Deliver(subscription);
            verdict = FindKey(delivery, subscription, verdict);
            if (FindObstacle(subscription, verdict) is { } reason)
            {
                await subscription.Deliverer.RefuseAsync(delivery, reason, verdict.Failure).ConfigureAwait(Continuation.Capture);
                NoteFailure(delivery, subscription);
                continue;
            }

            if (Delay is not null)
            {
                Delay.Subscriptions.Add(subscription);
                continue;
            }

            if (subscription.IsInline)
            {
                // Before its handler, which may publish the very same.
                claim?.Accept();
            }

            ValueTask<DispatchOutcome> dispatching =
                subscription.Dispatcher.DispatchAsync(delivery, insideHandler, cancellationToken);
            if (dispatching.IsCompleted || subscription.IsInline)
            {
                await FinishAsync(delivery, subscription, await dispatching.ConfigureAwait(Continuation.Capture))
                    .ConfigureAwait(Continuation.Capture);
            }
            else
            {
                // One full queue must not keep the event from the other subscriptions.
                claim?.WaitForRoom();
                (waiting ??= []).Add((delivery, dispatching));
            }
        }

        foreach ((Delivery delivery, ValueTask<DispatchOutcome> outcome) in waiting ?? [])
        {
            await FinishAsync(delivery, null, await outcome.ConfigureAwait(Continuation.Capture))
                .ConfigureAwait(Continuation.Capture);
        }

        if (Delay is { Subscriptions.Count: > 0 } delay)
        {
            await KeepAsync(delay).ConfigureAwait(Continuation.Capture);
        }

        return matched;
    }

    /// <summary>Throws what the publisher must know.</summary>
    public void ThrowIfRefused()
    {
        QueueFullException? full = null;
        if (_rejected is not null)
        {
            Log.PublishRejected(map.Telemetry.Logger, topic.TypeName, $"no room in {string.Join(", ", _rejected)}");
            full = new QueueFullException(_rejected);
        }

        if (_failures is not null)
        {
            throw new AggregateException(
                $"Handlers of '{topic.TypeName}' failed whose subscriptions report to the publisher.",
                full is null ? _failures : [.. _failures, full]);
        }

        if (_isCancelled)
        {
            throw new OperationCanceledException(
                $"The publish of '{topic.TypeName}' was cancelled while it waited for room in a queue. " +
                "Subscriptions that had room have the event; for those it waited for it is a dead letter. Redrive those.",
                full,
                cancellationToken);
        }

        if (full is not null)
        {
            throw full;
        }
    }

    // Until it is due. Where the bus is stopping, nothing is kept for later any more: a handler may still publish then.
    private async ValueTask KeepAsync(Delay delay)
    {
        if (map.Delays.TryAdd(envelope, delay.Due, [.. delay.Subscriptions]))
        {
            return;
        }

        foreach (Subscription subscription in delay.Subscriptions)
        {
            await subscription.Deliverer.RefuseAsync(Deliver(subscription), DeadLetterReason.Shutdown).ConfigureAwait(Continuation.Capture);
        }
    }

    private Delivery Deliver(Subscription subscription) => new(envelope, subscription.Deliverer)
    {
        IsInline = subscription.IsInline,
        PublisherToken = subscription.IsInline ? cancellationToken : default,
    };

    // What is said of the event's content decides where it goes, as a filter does, and fails like one.
    private static FilterVerdict FindKey(Delivery delivery, Subscription subscription, FilterVerdict verdict)
    {
        if (verdict.Failure is not null)
        {
            return verdict;
        }

        try
        {
            subscription.Dispatcher.FindKey(delivery);
            return verdict;
        }
#pragma warning disable CA1031 // The application's code: what it throws concerns its own subscription alone.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return verdict with { Failure = exception };
        }
    }

    private DeadLetterReason? FindObstacle(Subscription subscription, FilterVerdict verdict)
    {
        if (verdict.Failure is not null)
        {
            return DeadLetterReason.FilterFailed;
        }

        return envelope.HopCount > map.MaxHops && !subscription.Deliverer.Settings.AllowsRecursion
            ? DeadLetterReason.RecursionLimit
            : null;
    }

    private async ValueTask FinishAsync(Delivery delivery, Subscription? inline, DispatchOutcome outcome)
    {
        if (outcome == DispatchOutcome.Accepted)
        {
            claim?.Accept();
        }

        switch (outcome)
        {
            case DispatchOutcome.Accepted when inline is not null:
                NoteFailure(delivery, inline);
                break;
            case DispatchOutcome.Rejected:
                (_rejected ??= []).Add(delivery.Deliverer.Name);
                break;
            case DispatchOutcome.Cancelled:
                _isCancelled = true;
                await delivery.Deliverer.RefuseAsync(delivery, DeadLetterReason.PublishCancelled).ConfigureAwait(Continuation.Capture);
                break;
            case DispatchOutcome.Full:
                await delivery.Deliverer.RefuseAsync(delivery, DeadLetterReason.QueueFull).ConfigureAwait(Continuation.Capture);
                break;
            case DispatchOutcome.Paused:
                await delivery.Deliverer.RefuseAsync(delivery, DeadLetterReason.Paused).ConfigureAwait(Continuation.Capture);
                break;
            case DispatchOutcome.Parked:
                await delivery.Deliverer.RefuseAsync(delivery, DeadLetterReason.Parked).ConfigureAwait(Continuation.Capture);
                break;
            case DispatchOutcome.Closed:
                await delivery.Deliverer.RefuseAsync(delivery, DeadLetterReason.Shutdown).ConfigureAwait(Continuation.Capture);
                break;
        }
    }

    private void NoteFailure(Delivery delivery, Subscription subscription)
    {
        if (subscription.ThrowsToPublisher && delivery.FinalFailure is { } failure)
        {
            (_failures ??= []).Add(failure);
        }
    }

    private void ReportFiltered(Subscription subscription)
    {
        subscription.Counters.Filtered();
        Telemetry telemetry = map.Telemetry;
        if (!telemetry.WatchesFilters)
        {
            return;
        }

        telemetry.Filtered(subscription.Deliverer.Report.LabelsOf(topic.TypeName));
        if (telemetry.Logger.IsEnabled(LogLevel.Trace))
        {
            Log.FilterRejected(telemetry.Logger, subscription.Name, topic.TypeName, envelope.Metadata.EventId);
        }

        if (telemetry.HasObservers)
        {
            telemetry.Observe(DeliveryStage.Filtered, @event, envelope.Metadata, subscription.Name);
        }
    }
}
