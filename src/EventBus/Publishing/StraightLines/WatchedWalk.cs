using System.Diagnostics;
using EventBus.Delivering;
using EventBus.Diagnostics;

namespace EventBus.Publishing.StraightLines;

/// <summary>How far a publish has come along its routes, and what is told of it.</summary>
/// <remarks>
/// One reading of the clock ends a delivery and begins the next, or ends the publish, and the times of the spans are reckoned from it: each
/// reading costs as much as a measurement. TelemetryBenchmarks.
/// </remarks>
internal struct WatchedWalk
{
    private CancellationTokenRegistration _link;
    private long _began;

    // The same moment as StartedAt, for spans; a default value where they keep a time of their own.
    private DateTimeOffset _time;

    /// <summary>The handlers'.</summary>
    public required Attempt Attempt { get; init; }

    /// <summary>The publisher's.</summary>
    public required CancellationToken CancellationToken { get; init; }

    /// <summary>The place of the route to be taken next, or being taken.</summary>
    public int Next { get; set; }

    /// <summary>Whether the handler of that route has been called.</summary>
    public bool IsInHandler { get; set; }

    /// <summary>The publish's span.</summary>
    public Activity? Publishing { get; private set; }

    /// <summary>The span of the delivery that was begun last.</summary>
    public Activity? Processing { get; private set; }

    /// <summary>When that delivery began, or the one before it ended: a timestamp.</summary>
    public long StartedAt { get; private set; }

    /// <summary>Whether the end was told, or begun to be.</summary>
    public bool IsOver { get; private set; }

    public void Begin(Telemetry telemetry, Labels labels)
    {
        StartedAt = _began = telemetry.Timestamp;
        _time = telemetry.SpanTime;
        if (_time != default)
        {
            Attempt.Envelope.Stamp(_time);
        }

        Publishing = telemetry.StartPublish(labels, Attempt.Envelope, _time);
        if (CancellationToken.CanBeCanceled)
        {
            _link = CancellationToken.UnsafeRegister(static state => ((Attempt)state!).Cancel(), Attempt);
        }
    }

    public void BeginDelivery(Telemetry telemetry, Labels labels) =>
        Processing = telemetry.StartProcess(labels, Attempt.Envelope, _time);

    public void EndDelivery(Telemetry telemetry, Labels labels)
    {
        long endedAt = telemetry.Timestamp;
        if (_time != default)
        {
            _time += telemetry.Elapsed(StartedAt, endedAt);
        }

        SetEnd(Processing);
        telemetry.Processed(labels, StartedAt, endedAt, Processing);
        StartedAt = endedAt;
    }

    /// <summary>Ends the publish with its last delivery.</summary>
    public void End(Telemetry telemetry, Labels labels)
    {
        SetEnd(Publishing);
        EndAt(telemetry, labels, StartedAt, error: null);
    }

    /// <summary>Ends the publish at another time than its last delivery.</summary>
    public void EndNow(Telemetry telemetry, Labels labels, Exception? error) => EndAt(telemetry, labels, endedAt: 0, error);

    private void EndAt(Telemetry telemetry, Labels labels, long endedAt, Exception? error)
    {
        IsOver = true;
        _link.Dispose();
        telemetry.Published(labels, _began, endedAt, Publishing, error);
        Publishing?.Stop();
    }

    private readonly void SetEnd(Activity? activity)
    {
        if (activity is not null && _time != default)
        {
            activity.SetEndTime(_time.UtcDateTime);
        }
    }
}
