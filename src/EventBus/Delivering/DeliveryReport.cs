using System.Collections.Concurrent;
using System.Diagnostics;
using EventBus.Diagnostics;
using Microsoft.Extensions.Logging;

namespace EventBus.Delivering;

/// <summary>Tells logs, spans, metrics and observers how the deliveries of one subscription go.</summary>
/// <remarks>Thread-safe. While nobody looks, each call costs a check or two.</remarks>
internal sealed class DeliveryReport(string subscription, Telemetry telemetry)
{
    private readonly ConcurrentDictionary<string, Labels> _labels = new();
    private volatile Labels? _lastLabels;

    public string Subscription => subscription;

    /// <summary>What is told of the deliveries of events of one type, which is mostly the same one as the last time.</summary>
    public Labels LabelsOf(string typeName) =>
        _lastLabels is { } last && ReferenceEquals(last.TypeName, typeName) ? last : FindLabels(typeName);

    /// <summary>Starts the span of a delivery, once over all its attempts.</summary>
    public void Begin(Delivery delivery)
    {
        if (delivery.StartedAt != 0 || !telemetry.IsWatched)
        {
            return;
        }

        delivery.StartedAt = telemetry.Timestamp;
        if (telemetry.IsTracing)
        {
            Envelope envelope = delivery.Envelope;
            Labels labels = LabelsOf(envelope.TypeName);
            delivery.Activity = delivery.IsInline
                ? telemetry.StartProcess(labels, envelope)
                : telemetry.StartProcess(labels, envelope, envelope.Origin);
        }
    }

    /// <summary>Starts the span of a batch, over all calls of its handler, and times its members, each once over all its attempts.</summary>
    public Activity? BeginBatch(IReadOnlyList<Delivery> members)
    {
        if (!telemetry.IsWatched)
        {
            return null;
        }

        long now = telemetry.Timestamp;
        foreach (Delivery member in members)
        {
            if (member.StartedAt == 0)
            {
                member.StartedAt = now;
            }
        }

        return telemetry.IsTracing
            ? telemetry.StartBatch(
                LabelsOf(members[0].Envelope.TypeName),
                members.Count,
                members.Where(static member => member.Envelope.Origin != default)
                    .Select(static member => (member.Envelope.Origin, member.Envelope.Metadata.EventId)))
            : null;
    }

    /// <summary>Ends the span of a batch.</summary>
    /// <param name="activity">Its span.</param>
    /// <param name="error">What its handler threw; null where it ended well, whatever it reported of single members.</param>
    public static void EndBatch(Activity? activity, Exception? error)
    {
        Telemetry.Fail(activity, error);
        activity?.Stop();
    }

    public void HandlerStarted(Delivery delivery, Attempt attempt)
    {
        CountHandler(LabelsOf(delivery.Envelope.TypeName), attempt);
        if (telemetry.Logger.IsEnabled(LogLevel.Debug))
        {
            foreach (Delivery each in Members(delivery))
            {
                EventMetadata metadata = each.Envelope.Metadata;
                Log.HandlerStarted(
                    telemetry.Logger, subscription, metadata.TypeName, metadata.EventId, delivery == each ? attempt.Number : each.Attempts);
            }
        }
    }

    /// <summary>Counts a handler as running, until <see cref="HandlerEnded"/>.</summary>
    public void CountHandler(Labels labels, Attempt attempt)
    {
        attempt.IsReported = telemetry.CountsHandlers;
        if (attempt.IsReported)
        {
            telemetry.HandlerStarted(labels);
        }
    }

    public void HandlerEnded(Labels labels, Attempt attempt)
    {
        if (attempt.IsReported)
        {
            // The attempt may be used again when nobody counts.
            attempt.IsReported = false;
            telemetry.HandlerEnded(labels);
        }
    }

    public void Retrying(Delivery delivery, Exception? exception, TimeSpan delay)
    {
        EventMetadata metadata = delivery.Envelope.Metadata;
        Log.HandlerRetrying(
            telemetry.Logger, exception, subscription, metadata.TypeName, metadata.EventId, delivery.Attempts, delay);
        Observe(DeliveryStage.Retrying, delivery, exception);
    }

    public void Abandoned(Delivery delivery)
    {
        foreach (Delivery each in Members(delivery))
        {
            EventMetadata metadata = each.Envelope.Metadata;
            Log.HandlerAbandoned(telemetry.Logger, subscription, metadata.TypeName, metadata.EventId);
            Observe(DeliveryStage.Abandoned, each);
        }
    }

    public void EndedLate(Delivery delivery, Exception? exception)
    {
        foreach (Delivery each in Members(delivery))
        {
            EventMetadata metadata = each.Envelope.Metadata;
            Log.HandlerEndedLate(telemetry.Logger, exception, subscription, metadata.TypeName, metadata.EventId);
        }
    }

    public void Succeeded(Delivery delivery)
    {
        if (!telemetry.IsWatched)
        {
            return;
        }

        telemetry.Processed(LabelsOf(delivery.Envelope.TypeName), delivery.StartedAt, endedAt: 0, delivery.Activity);
        if (telemetry.Logger.IsEnabled(LogLevel.Debug))
        {
            EventMetadata metadata = delivery.Envelope.Metadata;
            Log.HandlerSucceeded(telemetry.Logger, subscription, metadata.TypeName, metadata.EventId, delivery.Attempts);
        }

        Observe(DeliveryStage.Succeeded, delivery);
    }

    /// <summary>A delivery ended well without its handler: its key was done.</summary>
    public void Skipped(Delivery delivery)
    {
        if (!telemetry.IsWatched)
        {
            return;
        }

        telemetry.Processed(LabelsOf(delivery.Envelope.TypeName), delivery.StartedAt, endedAt: 0, delivery.Activity);
        if (telemetry.Logger.IsEnabled(LogLevel.Debug))
        {
            EventMetadata metadata = delivery.Envelope.Metadata;
            Log.DuplicateSkipped(telemetry.Logger, subscription, metadata.TypeName, metadata.EventId);
        }

        Observe(DeliveryStage.Succeeded, delivery);
    }

    public void Failed(Delivery delivery, Exception? exception)
    {
        if (delivery.Attempts > 0)
        {
            EventMetadata metadata = delivery.Envelope.Metadata;
            Log.HandlerFailed(telemetry.Logger, exception, subscription, metadata.TypeName, metadata.EventId, delivery.Attempts);
        }
    }

    public void DeadLettered(Delivery delivery, DeadLetterReason reason, Exception? exception)
    {
        telemetry.Processed(
            LabelsOf(delivery.Envelope.TypeName),
            delivery.StartedAt,
            endedAt: 0,
            delivery.Activity,
            exception,
            exception is null ? reason.ToString() : null);
        Observe(DeliveryStage.DeadLettered, delivery, exception, reason);
    }

    public void Observe(DeliveryStage stage, Delivery delivery, Exception? exception = null, DeadLetterReason? reason = null)
    {
        if (telemetry.HasObservers)
        {
            // A queued delivery may be well under way before its publisher tells of its acceptance.
            int attempt = stage is DeliveryStage.Accepted or DeliveryStage.Redriven ? 0 : delivery.Attempts;
            telemetry.Observe(stage, delivery.Envelope.Event!, delivery.Envelope.Metadata, subscription, attempt, exception, reason);
        }
    }

    // What is said of one that stands for several is said of each of them.
    private static IReadOnlyList<Delivery> Members(Delivery delivery) => delivery.Batch?.Members ?? [delivery];

    private Labels FindLabels(string typeName) => _lastLabels = _labels.GetOrAdd(
        typeName, static (typeName, subscription) => new Labels("process", "process", typeName, subscription), subscription);
}
