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

    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
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
            "messaging.client.operation.duration", "s", "Duration of publishing, dead-lettering and redriving.", null, Seconds);
        _sent = _meter.CreateCounter<long>("messaging.client.sent.messages", "{message}", "Events published.");
        _consumed = _meter.CreateCounter<long>("messaging.client.consumed.messages", "{message}", "Deliveries handled, once each.");
        _processDuration = _meter.CreateHistogram<double>(
            "messaging.process.duration", "s", "Duration of a delivery over all its attempts.", null, Seconds);
        _filtered = _meter.CreateCounter<long>("eventbus.filtered.messages", "{message}", "Events turned away by a filter.");
        _unmatched = _meter.CreateCounter<long>("eventbus.unmatched.messages", "{message}", "Events that no subscription took.");
        _deadLettered = _meter.CreateCounter<long>("eventbus.deadletter.messages", "{message}", "Deliveries given up.");
        _evicted = _meter.CreateCounter<long>("eventbus.deadletter.evicted", "{message}", "Dead letters pushed out of a full store.");
        _overflowed = _meter.CreateCounter<long>(
            "eventbus.overflow.messages", "{message}", "Deliveries taken beyond a queue's capacity from inside a handler.");
        _lateReply = _meter.CreateCounter<long>("eventbus.reply.late", "{message}", "Replies after the request had timed out.");
        _filterDuration = _meter.CreateHistogram<double>("eventbus.filter.duration", "s", "Duration of a filter.", null, Seconds);
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

    public Activity? StartPublish(string typeName)
    {
        Activity? activity = IsTracing
            ? _source.StartActivity($"publish {typeName}", ActivityKind.Producer)
            : null;
        return Describe(activity, "publish", "send", typeName);
    }

    /// <summary>Starts the span of one delivery, over all its attempts.</summary>
    public Activity? StartProcess(string typeName, string subscription, EventMetadata metadata, ActivityContext origin, bool isInline)
    {
        string name = $"process {typeName}";
        ActivityLink[]? links = origin == default ? null : [new ActivityLink(origin)];
        Activity? activity = isInline
            ? _source.StartActivity(name, ActivityKind.Consumer)
            : _source.StartActivity(
                ActivityKind.Consumer, _parenting == TraceParenting.Child ? origin : default, links: links, name: name);
        Describe(activity, "process", "process", typeName);
        Describe(activity, metadata, subscription);
        return activity;
    }

    /// <summary>Starts the span of putting a delivery among the dead letters, or of taking it back out.</summary>
    public Activity? StartSettle(string operation, EventMetadata metadata, string subscription)
    {
        Activity? activity = IsTracing
            ? _source.StartActivity($"{operation} {metadata.TypeName}", ActivityKind.Client)
            : null;
        Describe(activity, operation, "settle", metadata.TypeName);
        Describe(activity, metadata, subscription);
        return activity;
    }

    public void Published(string typeName, long startedAt, Activity? activity, EventMetadata? metadata, Exception? error)
    {
        if (activity is not null && metadata is not null)
        {
            Describe(activity, metadata, null);
        }

        Fail(activity, error);
        if (_sent.Enabled)
        {
            _sent.Add(1, Tags("publish", null, typeName, null, error));
        }

        OperationEnded("publish", "send", typeName, null, startedAt, error);
    }

    public void OperationEnded(
        string operation, string operationType, string typeName, string? subscription, long startedAt, Exception? error)
    {
        if (_operationDuration.Enabled && startedAt != 0)
        {
            _operationDuration.Record(
                _clock.GetElapsedTime(startedAt).TotalSeconds, Tags(operation, operationType, typeName, subscription, error));
        }
    }

    /// <summary>Ends a delivery's span and counts it, once, with its error only if it finally failed.</summary>
    public void Processed(string typeName, string subscription, long startedAt, Activity? activity, Exception? error, string? errorType)
    {
        Fail(activity, error, errorType);
        activity?.Stop();
        if (_consumed.Enabled)
        {
            _consumed.Add(1, Tags("process", null, typeName, subscription, error, errorType));
        }

        if (_processDuration.Enabled && startedAt != 0)
        {
            _processDuration.Record(
                _clock.GetElapsedTime(startedAt).TotalSeconds, Tags("process", null, typeName, subscription, error, errorType));
        }
    }

    public void Filtered(string typeName, string subscription)
    {
        if (_filtered.Enabled)
        {
            _filtered.Add(1, Tags("process", null, typeName, subscription, null));
        }
    }

    public void FilterEnded(string typeName, string subscription, long startedAt) =>
        _filterDuration.Record(
            _clock.GetElapsedTime(startedAt).TotalSeconds, Tags("process", null, typeName, subscription, null));

    public void Unmatched(string typeName)
    {
        if (_unmatched.Enabled)
        {
            _unmatched.Add(1, Tags("publish", null, typeName, null, null));
        }
    }

    public void Overflowed(string typeName, string subscription)
    {
        if (_overflowed.Enabled)
        {
            _overflowed.Add(1, Tags("publish", null, typeName, subscription, null));
        }
    }

    public void DeadLettered(string typeName, string subscription, string reason)
    {
        if (_deadLettered.Enabled)
        {
            TagList tags = Tags("dead_letter", null, typeName, subscription, null);
            tags.Add("eventbus.deadletter.reason", reason);
            _deadLettered.Add(1, tags);
        }
    }

    public void Evicted() => _evicted.Add(1);

    /// <summary>How many replies came after their request had timed out.</summary>
    public long LateReplies => Volatile.Read(ref _lateReplies);

    public void ReplyCameLate(string typeName)
    {
        Interlocked.Increment(ref _lateReplies);
        _lateReply.Add(1, Tags("process", null, typeName, null, null));
    }

    public void HandlerStarted(string typeName, string subscription) =>
        _activeHandlers.Add(1, Tags("process", null, typeName, subscription, null));

    public void HandlerEnded(string typeName, string subscription) =>
        _activeHandlers.Add(-1, Tags("process", null, typeName, subscription, null));

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

    private static Activity? Describe(Activity? activity, string operation, string operationType, string typeName) => activity?
        .SetTag("messaging.system", "eventbus")
        .SetTag("messaging.operation.name", operation)
        .SetTag("messaging.operation.type", operationType)
        .SetTag("messaging.destination.name", typeName);

    private static void Describe(Activity? activity, EventMetadata metadata, string? subscription)
    {
        if (activity is not null)
        {
            activity.SetTag("messaging.message.id", metadata.EventId.ToString());
            activity.SetTag("messaging.message.conversation_id", metadata.CorrelationId);
            if (subscription is not null)
            {
                activity.SetTag("messaging.destination.subscription.name", subscription);
            }
        }
    }

    private static TagList Tags(
        string operation, string? operationType, string typeName, string? subscription, Exception? error, string? errorType = null)
    {
        TagList tags = new()
        {
            { "messaging.system", "eventbus" },
            { "messaging.operation.name", operation },
            { "messaging.destination.name", typeName },
        };
        if (operationType is not null)
        {
            tags.Add("messaging.operation.type", operationType);
        }

        if (subscription is not null)
        {
            tags.Add("messaging.destination.subscription.name", subscription);
        }

        if ((errorType ?? error?.GetType().FullName) is { } type)
        {
            tags.Add("error.type", type);
        }

        return tags;
    }
}
