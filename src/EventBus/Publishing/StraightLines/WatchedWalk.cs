using System.Diagnostics;
using EventBus.Delivering;
using EventBus.Diagnostics;

namespace EventBus.Publishing.StraightLines;

/// <summary>How far a publish has come along its routes, and what is told of it.</summary>
internal struct WatchedWalk
{
    private CancellationTokenRegistration _link;
    private long _startedAt;

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
    public Activity? Processing { get; set; }

    /// <summary>When the delivery under way began, which is when the one before it ended: a reading of the clock is a part of the cost.</summary>
    public long At { get; set; }

    /// <summary>Whether the end was told, or begun to be.</summary>
    public bool IsOver { get; private set; }

    public void Begin(Telemetry telemetry, Labels labels)
    {
        At = _startedAt = telemetry.Timestamp;
        Publishing = telemetry.StartPublish(labels, Attempt.Envelope);
        if (CancellationToken.CanBeCanceled)
        {
            _link = CancellationToken.UnsafeRegister(static state => ((Attempt)state!).Cancel(), Attempt);
        }
    }

    /// <summary>Ends what is told of the publish. Its end is that of the last delivery, or now.</summary>
    public void End(Telemetry telemetry, Labels labels, Exception? error)
    {
        IsOver = true;
        _link.Dispose();
        telemetry.Published(labels, _startedAt, At, Publishing, error);
        Publishing?.Stop();
    }
}
