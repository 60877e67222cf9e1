using EventBus.Diagnostics;

namespace EventBus.Tests.Simulation;

/// <summary>What is promised of one subscription, in the simplest words: a line for each event, and nothing of queues.</summary>
/// <remarks>
/// An event is accepted at some moment between the call that brings it and the report of it. Two of them are in order where these spans
/// do not touch; otherwise either order is right.
/// </remarks>
internal sealed class QueueModel(string name, QueueSubscriptionPlan plan)
{
    private static readonly HashSet<DeadLetterReason> StandAside =
    [
        DeadLetterReason.FilterFailed,
        DeadLetterReason.QueueFull,
        DeadLetterReason.PublishCancelled,
        DeadLetterReason.RecursionLimit,
        DeadLetterReason.Paused,
        DeadLetterReason.Shutdown,
    ];

    private readonly Dictionary<int, Line> _lines = [];
    private readonly Dictionary<string, int> _alone = [];
    private int _running;
    private bool _hasStopped;
    private int _discarded;

    public string Name => name;

    public QueueSubscriptionPlan Plan => plan;

    public bool IsPaused { get; set; }

    public bool IsWatched { get; init; }

    private sealed class Line(QueueEvent @event)
    {
        public QueueEvent Event => @event;

        public int Began { get; set; } = int.MaxValue;

        public int Accepted { get; set; } = int.MaxValue;

        public int? RedriveBegan { get; set; }

        public int Acceptances { get; set; }

        public int Ends { get; set; }

        public int Starts { get; set; }

        public bool HasStarted { get; set; }

        /// <summary>One that was started before it, and should not have been if this one stands in the order.</summary>
        public QueueEvent? PassedBy { get; set; }

        public bool HasSucceeded { get; set; }

        public bool IsDiscarded { get; set; }

        public bool IsGone { get; set; }

        public DeadLetterReason? Letter { get; set; }

        public bool IsPending => Acceptances > Ends;
    }

    public void Publishing(QueueEvent @event, int step) => Find(@event).Began = step;

    /// <summary>Where no observer tells it.</summary>
    public void Published(QueueEvent @event, int step)
    {
        if (!IsWatched)
        {
            Find(@event).Accepted = step;
        }
    }

    public void Redriving(QueueEvent @event, int step)
    {
        Line line = Find(@event);
        line.RedriveBegan ??= step;
    }

    public void Discarding(QueueEvent @event) => Find(@event).IsDiscarded = true;

    public void Discarded(QueueEvent @event, bool wasThere)
    {
        Line line = Find(@event);
        _discarded += wasThere ? 1 : 0;
        line.IsGone |= wasThere;
        line.IsDiscarded = line.IsGone;
    }

    public void Stopped() => _hasStopped = true;

    public void Observe(DeliveryStage stage, QueueEvent @event, DeadLetterReason? reason, int step)
    {
        Line line = Find(@event);
        switch (stage)
        {
            case DeliveryStage.Accepted:
                if (line.Acceptances++ == 0)
                {
                    line.Accepted = step;
                }
                else if (!KeepsItsPlace(line))
                {
                    // Redriven before the report of its letter, nobody can say whose place it has.
                    (line.Began, line.Accepted) = (line.Letter is null ? 0 : line.RedriveBegan ?? line.Began, step);
                }

                line.Letter = null;
                break;
            case DeliveryStage.Succeeded:
                Assert.False(line.HasSucceeded, $"{name}: {@event} has succeeded twice.");
                line.HasSucceeded = true;
                line.Letter = null;
                line.Ends++;
                break;
            case DeliveryStage.DeadLettered:
                if (!StandAside.Contains(reason!.Value))
                {
                    AssertNotPassedBy(line);
                }

                line.Letter = reason;
                line.RedriveBegan = null;
                line.HasStarted = false;
                line.PassedBy = null;
                line.Ends++;
                break;
        }
    }

    /// <summary>What must hold when a handler is called.</summary>
    public void Start(QueueEvent @event, int attempt)
    {
        Assert.False(_hasStopped, $"{name}: {@event} was started after the bus had stopped.");
        Assert.False(
            IsPaused && plan.IsCalledAtOnce, $"{name}: {@event} was started while the subscription was paused.");
        Line line = Find(@event);
        Assert.True(line.Began != int.MaxValue, $"{name}: {@event} was never published.");
        AssertNotPassedBy(line);
        line.Starts += attempt == 1 ? 1 : 0;
        if (plan.Kind != QueueKind.Inline)
        {
            Assert.True(++_running <= plan.MaxConcurrency, $"{name}: {_running} handlers at once.");
        }

        if (plan.AloneBy(@event) is { } key)
        {
            Assert.True((_alone[key] = _alone.GetValueOrDefault(key) + 1) == 1, $"{name}: two handlers of key {key} at once.");
        }

        if (plan.LaneOf(@event) is { } lane)
        {
            foreach (Line other in _lines.Values.Where(other => other != line && plan.LaneOf(other.Event) == lane))
            {
                // Without an observer nobody tells what is pending; but what has begun is known.
                bool isOutOfOrder = IsWatched
                    ? other.Accepted < line.Began && IsBefore(other)
                    : line.Accepted < other.Began && other.HasStarted && !line.HasStarted && line.RedriveBegan is null;
                if (isOutOfOrder && IsWatched && other.IsPending && !other.HasStarted)
                {
                    // It may have been refused, and its letter be on its way: then it never had a place in the order.
                    other.PassedBy = @event;
                    continue;
                }

                Assert.False(isOutOfOrder, $"{name}: {@event} and {other.Event} were started out of their order.");
            }
        }

        line.HasStarted = true;
    }

    /// <summary>A handler has ended, or has given up its place.</summary>
    public void Leave(QueueEvent @event)
    {
        if (plan.Kind != QueueKind.Inline)
        {
            _running--;
        }

        if (plan.AloneBy(@event) is { } key)
        {
            _alone[key]--;
        }
    }

    /// <summary>What must hold between any two steps.</summary>
    public void Check(DeliveryCounts counts)
    {
        Assert.True(counts.IsConserved, $"{name}: {counts}");
        Assert.True(counts is { Queued: >= 0, Running: >= 0, WaitingForRetry: >= 0, Delayed: >= 0 }, $"{name}: {counts}");
    }

    /// <summary>What must hold when all is over.</summary>
    /// <param name="counts">The subscription's.</param>
    /// <param name="letters">Events of the letters that are left.</param>
    /// <param name="published">Events whose publish went well.</param>
    public void End(DeliveryCounts counts, IReadOnlyList<QueueEvent> letters, IEnumerable<QueueEvent> published)
    {
        Assert.Equal((0, 0), (counts.Pending, counts.Delayed));
        Assert.Equal(counts.DeadLettered - counts.Redriven - _discarded, letters.Count);
        Assert.Equal(letters.Count, letters.Distinct().Count());
        if (!IsWatched)
        {
            return;
        }

        Assert.Equal(counts.Accepted, _lines.Values.Sum(static line => line.Acceptances));
        Assert.Equal(counts.Succeeded, _lines.Values.Count(static line => line.HasSucceeded));
        foreach (Line line in _lines.Values)
        {
            Assert.True(line.Ends == line.Acceptances, $"{name}: {line.Event} was accepted {line.Acceptances} times and ended {line.Ends} times.");
            Assert.True(line.Starts <= line.Acceptances, $"{name}: {line.Event} was begun {line.Starts} times.");
        }

        foreach (QueueEvent @event in published)
        {
            Line line = Find(@event);
            Assert.True(
                line.HasSucceeded || line.IsDiscarded || letters.Contains(@event), $"{name}: {@event} was published and is nowhere.");
        }
    }

    // A letter that parks its key, or is parked, comes back to its own place; any other stands at the end.
    private bool KeepsItsPlace(Line line) => plan.Parks && line.Letter is { } reason && !StandAside.Contains(reason);

    private bool IsBefore(Line other)
    {
        if (plan.Parks)
        {
            return !other.IsDiscarded && (other.IsPending || (other.Letter is { } reason && !StandAside.Contains(reason)));
        }

        return other.IsPending && (plan.GoesOneByOne || !other.HasStarted);
    }

    private void AssertNotPassedBy(Line line) =>
        Assert.True(line.PassedBy is null, $"{name}: {line.PassedBy} was started before {line.Event}.");

    private Line Find(QueueEvent @event)
    {
        if (!_lines.TryGetValue(@event.Number, out Line? line))
        {
            line = _lines[@event.Number] = new Line(@event);
        }

        return line;
    }
}
