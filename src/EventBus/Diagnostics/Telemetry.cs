using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace EventBus.Diagnostics;

/// <summary>Everything the bus reports to the outside: spans, metrics, log messages and observers, under the names of docs/telemetry.md.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class Telemetry : IDisposable
{
    private static readonly ActivitySource Source = new(new ActivitySourceOptions(EventBusTelemetry.ActivitySourceName)
    {
        Version = typeof(Telemetry).Assembly.GetName().Version?.ToString(3),
        TelemetrySchemaUrl = EventBusTelemetry.SchemaUrl,
    });

    private static readonly InstrumentAdvice<double> Buckets = new()
    {
        // An array, and not the list around one that is made for an interface: that is compiled anew for numbers, at start.
        HistogramBucketBoundaries = (double[])[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    };

    private readonly ActivitySource _source = Source;
    private readonly TimeProvider _clock;
    private readonly IDeliveryObserver[] _observers;
    private readonly TraceParenting _parenting;
    private readonly Meter _meter;
    private readonly Histogram<double> _operationDuration;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _consumed;
    private readonly Histogram<double> _processDuration;
    private readonly Counter<long> _filtered;
    private readonly Counter<long> _unmatched;
    private readonly Counter<long> _deduplicated;
    private readonly Counter<long> _deadLettered;
    private readonly Counter<long> _evicted;
    private readonly Counter<long> _overflowed;
    private readonly Counter<long> _lateReply;
    private readonly Histogram<double> _filterDuration;
    private readonly UpDownCounter<long> _activeHandlers;
    private long _lateReplies;
    private volatile bool _isAlwaysWatched;
    private volatile bool _isTraced;

    public Telemetry(
        ILogger logger,
        TimeProvider clock,
        IMeterFactory? meters,
        IEnumerable<IDeliveryObserver> observers,
        TraceParenting parenting,
        Func<IEnumerable<SubscriptionStatistics>> queues)
    {
        Logger = logger;
        _observers = [.. observers];
        LookAtLogger();
        _clock = clock;
        _parenting = parenting;
        MeterOptions options = new(EventBusTelemetry.MeterName)
        {
            Version = typeof(Telemetry).Assembly.GetName().Version?.ToString(3),
            TelemetrySchemaUrl = EventBusTelemetry.SchemaUrl,
        };
        _meter = meters?.Create(options) ?? new Meter(options);
        _operationDuration = _meter.CreateHistogram<double>(
            "messaging.client.operation.duration", "s", "Duration of publishing, dead-lettering and redriving.", null, Buckets);
        _sent = _meter.CreateCounter<long>("messaging.client.sent.messages", "{message}", "Events published.");
        _consumed = _meter.CreateCounter<long>("messaging.client.consumed.messages", "{message}", "Deliveries handled, once each.");
        _processDuration = _meter.CreateHistogram<double>(
            "messaging.process.duration", "s", "Duration of a delivery over all its attempts.", null, Buckets);
        _filtered = _meter.CreateCounter<long>("eventbus.filtered.messages", "{message}", "Events turned away by a filter.");
        _unmatched = _meter.CreateCounter<long>("eventbus.unmatched.messages", "{message}", "Events that no subscription took.");
        _deduplicated = _meter.CreateCounter<long>(
            "eventbus.deduplicated.messages", "{message}", "Publishes that repeated another one and went to nobody.");
        _deadLettered = _meter.CreateCounter<long>("eventbus.deadletter.messages", "{message}", "Deliveries given up.");
        _evicted = _meter.CreateCounter<long>("eventbus.deadletter.evicted", "{message}", "Dead letters pushed out of a full store.");
        _overflowed = _meter.CreateCounter<long>(
            "eventbus.overflow.messages", "{message}", "Deliveries taken beyond a queue's capacity from inside a handler.");
        _lateReply = _meter.CreateCounter<long>("eventbus.reply.late", "{message}", "Replies after the request had timed out.");
        _filterDuration = _meter.CreateHistogram<double>("eventbus.filter.duration", "s", "Duration of a filter.", null, Buckets);
        _activeHandlers = _meter.CreateUpDownCounter<long>("eventbus.handlers.active", "{handler}", "Handlers running now.");
        _meter.CreateObservableUpDownCounter(
            "eventbus.queue.depth",
            () => queues().Where(each => each.QueueCapacity is not null).Select(each => new Measurement<long>(
                each.Counts.Queued, new KeyValuePair<string, object?>("messaging.destination.subscription.name", each.Name))),
            "{message}",
            "Deliveries waiting for a handler.");
    }

    public ILogger Logger { get; }

    /// <summary>Whether anybody looks at single deliveries. While nobody does, the hot path skips all of this.</summary>
    public bool IsWatched
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _source.HasListeners() || _sent.Enabled || _consumed.Enabled || _processDuration.Enabled
            || _operationDuration.Enabled || _activeHandlers.Enabled || _isAlwaysWatched;
    }

    /// <summary>Whether there are observers, or single deliveries are logged: they want to hear of each step.</summary>
    public bool IsWatchedClosely => _isAlwaysWatched;

    /// <summary>Takes note of whether single deliveries are logged.</summary>
    /// <remarks>
    /// Asking a logger goes through all of its providers, so the straight line does it now and then: messages for those who look for a
    /// fault may begin some hundred events after the level was changed. Metrics, spans and observers miss none.
    /// </remarks>
    public void LookAtLogger()
    {
        bool isDebug = false;
        bool isTrace = false;
        try
        {
            isDebug = Logger.IsEnabled(LogLevel.Debug);
            isTrace = Logger.IsEnabled(LogLevel.Trace);
        }
#pragma warning disable CA1031 // A logger that cannot say is none: a publish does not end because of it.
        catch (Exception)
#pragma warning restore CA1031
        {
        }

        _isAlwaysWatched = HasObservers || isDebug;
        _isTraced = isTrace;
    }

    /// <summary>Whether somebody wants to hear of each subscription that turns an event away, or how long it takes to.</summary>
    public bool WatchesFilters => _filtered.Enabled || _filterDuration.Enabled || HasObservers || _isTraced;

    /// <summary>Whether somebody wants to hear of the events that a filter turns away, or that no subscription takes.</summary>
    public bool WatchesRefusals => _unmatched.Enabled || WatchesFilters;

    public bool IsTracing => _source.HasListeners();

    public bool HasObservers => _observers.Length > 0;

    /// <summary>Whether publishing, dead-lettering and redriving are timed.</summary>
    public bool TimesOperations => _operationDuration.Enabled;


    /// <summary>Whether running handlers are counted.</summary>
    public bool CountsHandlers => _activeHandlers.Enabled;

    /// <summary>Whether filters are timed.</summary>
    public bool TimesFilters => _filterDuration.Enabled;

    public long Timestamp => _clock.GetTimestamp();

    public TimeSpan Elapsed(long startedAt, long endedAt) => _clock.GetElapsedTime(startedAt, endedAt);

    /// <summary>The time as spans have it, for a span that is about to start; a default value where nobody wants spans, or they keep another time.</summary>
    public DateTimeOffset SpanTime => IsTracing && _clock == TimeProvider.System ? _clock.GetUtcNow() : default;

    public void Dispose() => _meter.Dispose();

    public void Observe(
        DeliveryStage stage,
        object @event,
        EventMetadata metadata,
        string? subscription = null,
        int attempt = 0,
        Exception? exception = null,
        DeadLetterReason? reason = null)
    {
        DeliveryObservation observation = new(stage, @event, metadata, subscription, attempt, exception, reason);
        foreach (IDeliveryObserver observer in _observers)
        {
            try
            {
                observer.Observe(observation);
            }
#pragma warning disable CA1031 // An observer only watches: whatever it throws must not touch the delivery.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                Log.ObserverFailed(Logger, failure, observer.GetType().Name);
            }
        }
    }

    /// <summary>Starts the span of one publish.</summary>
    /// <param name="labels">The topic's.</param>
    /// <param name="event">The event.</param>
    /// <param name="time">When the span starts; a default value for now.</param>
    public Activity? StartPublish(Labels labels, IMetadataSource @event, DateTimeOffset time = default) =>
        IsTracing ? Start(labels, ActivityKind.Producer, new SpanTags(labels, @event), time) : null;

    /// <summary>Starts the span of one inline delivery, over all its attempts, below the current one.</summary>
    /// <param name="labels">The subscription's.</param>
    /// <param name="event">The event.</param>
    /// <param name="time">When the span starts; a default value for now.</param>
    public Activity? StartProcess(Labels labels, IMetadataSource @event, DateTimeOffset time = default) =>
        IsTracing ? Start(labels, ActivityKind.Consumer, new SpanTags(labels, @event), time) : null;

    /// <summary>Starts the span of one queued delivery, over all its attempts.</summary>
    public Activity? StartProcess(Labels labels, IMetadataSource @event, ActivityContext origin)
    {
        if (!IsTracing)
        {
            return null;
        }

        ActivityLink[]? links = origin == default ? null : [new ActivityLink(origin)];
        ActivityContext parent = _parenting == TraceParenting.Child ? origin : default;
        return _source.StartActivity(labels.SpanName, ActivityKind.Consumer, parent, new SpanTags(labels, @event), links);
    }

    /// <summary>Starts the span of a batch, with a link to where each of its events comes from.</summary>
    /// <param name="labels">The subscription's.</param>
    /// <param name="count">How many events the batch has.</param>
    /// <param name="origins">The publish spans of those that have one, with their ids.</param>
    public Activity? StartBatch(Labels labels, int count, IEnumerable<(ActivityContext Origin, Guid EventId)> origins) => _source.StartActivity(
        labels.SpanName,
        ActivityKind.Consumer,
        parentContext: default,
        [
            .. labels.OfSpan,
            new("messaging.batch.message_count", count),
            new("messaging.destination.subscription.name", labels.Subscription),
        ],
        origins.Select(static each => new ActivityLink(
            each.Origin, new ActivityTagsCollection([new("messaging.message.id", each.EventId.ToString())]))));

    /// <summary>Starts the span of putting a delivery among the dead letters, or of taking it back out.</summary>
    public Activity? StartSettle(string operation, EventMetadata metadata, string subscription)
    {
        if (!IsTracing)
        {
            return null;
        }

        Labels labels = new(operation, "settle", metadata.TypeName, subscription);
        return Start(labels, ActivityKind.Client, new SpanTags(labels, source: null, metadata));
    }

    /// <summary>Counts a publish that has come to its end, and says so in its span, which goes on.</summary>
    /// <param name="labels">The topic's.</param>
    /// <param name="startedAt">A timestamp; 0 where the publish was not timed.</param>
    /// <param name="endedAt">A timestamp; 0 for now.</param>
    /// <param name="activity">Its span.</param>
    /// <param name="error">Why it failed.</param>
    public void Published(Labels labels, long startedAt, long endedAt, Activity? activity, Exception? error)
    {
        Fail(activity, error);
        if (_sent.Enabled)
        {
            _sent.Add(1, WithError(labels.OfMeasurement, error));
        }

        if (_operationDuration.Enabled && startedAt != 0)
        {
            _operationDuration.Record(Seconds(startedAt, endedAt), WithError(labels.OfOperation, error));
        }
    }

    /// <summary>Times the writing of a dead letter, or its redrive.</summary>
    public void SettleEnded(string operation, EventMetadata metadata, string subscription, long startedAt, Exception? error)
    {
        if (_operationDuration.Enabled && startedAt != 0)
        {
            Labels labels = new(operation, "settle", metadata.TypeName, subscription);
            _operationDuration.Record(Seconds(startedAt, endedAt: 0), WithError(labels.OfOperation, error));
        }
    }

    /// <summary>Ends a delivery's span and counts it, once, with its error only if it finally failed.</summary>
    /// <param name="labels">The subscription's.</param>
    /// <param name="startedAt">A timestamp; 0 where the delivery was not timed.</param>
    /// <param name="endedAt">A timestamp; 0 for now.</param>
    /// <param name="activity">Its span.</param>
    /// <param name="error">Why it failed, where a handler or a filter threw.</param>
    /// <param name="errorType">Why it failed where nothing was thrown.</param>
    public void Processed(
        Labels labels, long startedAt, long endedAt, Activity? activity, Exception? error = null, string? errorType = null)
    {
        Fail(activity, error, errorType);
        activity?.Stop();
        if (_consumed.Enabled)
        {
            _consumed.Add(1, WithError(labels.OfMeasurement, error, errorType));
        }

        if (_processDuration.Enabled && startedAt != 0)
        {
            _processDuration.Record(Seconds(startedAt, endedAt), WithError(labels.OfMeasurement, error, errorType));
        }
    }

    public void Filtered(Labels labels) => _filtered.Add(1, labels.OfMeasurement);

    public void FilterEnded(Labels labels, long startedAt) =>
        _filterDuration.Record(Seconds(startedAt, endedAt: 0), labels.OfMeasurement);

    public void Unmatched(Labels labels) => _unmatched.Add(1, labels.OfMeasurement);

    public void Deduplicated(Labels labels) => _deduplicated.Add(1, labels.OfMeasurement);

    public void Overflowed(string typeName, string subscription)
    {
        if (_overflowed.Enabled)
        {
            _overflowed.Add(1, new Labels("publish", "send", typeName, subscription).OfMeasurement);
        }
    }

    public void DeadLettered(string typeName, string subscription, string reason)
    {
        if (_deadLettered.Enabled)
        {
            Labels labels = new("dead_letter", "settle", typeName, subscription);
            _deadLettered.Add(1, Labels.With(labels.OfMeasurement, "eventbus.deadletter.reason", reason));
        }
    }

    public void Evicted() => _evicted.Add(1);

    /// <summary>How many replies came after their request had timed out.</summary>
    public long LateReplies => Volatile.Read(ref _lateReplies);

    public void ReplyCameLate(string typeName)
    {
        Interlocked.Increment(ref _lateReplies);
        if (_lateReply.Enabled)
        {
            _lateReply.Add(1, new Labels("process", "process", typeName, null).OfMeasurement);
        }
    }

    public void HandlerStarted(Labels labels) => _activeHandlers.Add(1, labels.OfMeasurement);

    public void HandlerEnded(Labels labels) => _activeHandlers.Add(-1, labels.OfMeasurement);

    public static void Fail(Activity? activity, Exception? error, string? errorType = null)
    {
        if (activity is null || (error is null && errorType is null))
        {
            return;
        }

        activity.SetStatus(ActivityStatusCode.Error, error?.Message);
        activity.SetTag("error.type", errorType ?? error!.GetType().FullName);
        if (error is not null)
        {
            activity.AddException(error);
        }
    }

    private Activity? Start(Labels labels, ActivityKind kind, SpanTags tags, DateTimeOffset time = default) =>
        _source.StartActivity(labels.SpanName, kind, parentContext: default, tags, links: null, time);

    private double Seconds(long startedAt, long endedAt) =>
        Elapsed(startedAt, endedAt == 0 ? Timestamp : endedAt).TotalSeconds;

    private static KeyValuePair<string, object?>[] WithError(
        KeyValuePair<string, object?>[] labels, Exception? error, string? errorType = null) =>
        Labels.With(labels, "error.type", errorType ?? error?.GetType().FullName);
}
