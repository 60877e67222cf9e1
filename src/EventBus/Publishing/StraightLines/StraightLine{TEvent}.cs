using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using EventBus.Delivering;
using EventBus.Diagnostics;

namespace EventBus.Publishing.StraightLines;

/// <summary>
/// The common case of a publish: nobody watches, inline handlers complete at once, queues have room. Nothing stands between the publisher
/// and the handler or the queue, nothing is allocated, and nothing is shared with other threads but the queue. What does not fit leaves for
/// the general way and takes the rest of the routes along.
/// </summary>
/// <remarks>Thread-safe. See docs/decisions/2026-11-24-straight-line.md. InlinePublishBenchmarks holds it beside a loop over delegates.</remarks>
internal sealed class StraightLine<TEvent>(TopicMap map, Topic<TEvent> topic, int number)
    where TEvent : notnull
{
    private const int LoggerInterval = 31;

    private readonly PublishGate _gate = map.Gate;
    private readonly Telemetry _telemetry = map.Telemetry;
    private readonly InlineLine<TEvent> _inline = new(map, topic);
    private readonly QueueLine<TEvent> _queued = new(map, topic);

    // Made when somebody watches; of two made at once either will do.
    private WatchedLine<TEvent>? _watched;

    private WatchedLine<TEvent> Watched => _watched ??= new WatchedLine<TEvent>(map, topic, _inline);

    public ValueTask PublishAsync(TEvent @event, CancellationToken cancellationToken) =>
        TryBegin(isWatched: false, cancellationToken, out PublishLane? lane, out PlainRuns? run, out RouteTable<TEvent>? table)
            ? Run(@event, lane, run, table, cancellationToken)
            : PublishOtherwise(@event, cancellationToken);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryBegin(
        [ConstantExpected] bool isWatched,
        CancellationToken cancellationToken,
        [NotNullWhen(true)] out PublishLane? lane,
        [NotNullWhen(true)] out PlainRuns? run,
        [NotNullWhen(true)] out RouteTable<TEvent>? table)
    {
        run = null;
        table = null;
        lane = PublishLane.Current;
        if (lane is null || lane.IsBusy)
        {
            return false;
        }

        run = lane.Find(number);
        if (run is null)
        {
            return false;
        }

        if ((run.Begun & LoggerInterval) == 0)
        {
            _telemetry.LookAtLogger();
        }

        // Counted before the looks: whoever replaces the table or closes the gate afterwards waits for this publish.
        Volatile.Write(ref run.Begun, run.Begun + 1);
        table = topic.Table;
        if (ReferenceEquals(run.Table, table)
            && !_gate.IsClosed
            && (isWatched
                ? !table.HasFilters && !_telemetry.IsWatchedClosely
                : !_telemetry.IsWatched && !(table.HasFilters && _telemetry.WatchesRefusals))
            && !cancellationToken.IsCancellationRequested
            && (run.Attempt is { } attempt ? lane.TryEnter(attempt, run.HandlersWait) : !isWatched && table.IsQueued && lane.TryEnter()))
        {
            return true;
        }

        _gate.Leave(run);
        return false;
    }

    // Watched, or the first along a table, or not one for the straight line.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask PublishOtherwise(TEvent @event, CancellationToken cancellationToken)
    {
        if (TryBegin(isWatched: true, cancellationToken, out PublishLane? lane, out PlainRuns? run, out RouteTable<TEvent>? table))
        {
            return Watched.Run(@event, lane, run, table, cancellationToken);
        }

        _telemetry.LookAtLogger();
        Attempt? cause = AmbientAttempt.Current;
        RouteTable<TEvent> current = topic.Table;
        if ((current.IsPlain || current.IsQueued)
            && cause is null
            && !_gate.IsClosed
            && !cancellationToken.IsCancellationRequested
            && topic.TallyOf(current) is { } tally)
        {
            Prepare(current, tally);
            if (TryBegin(isWatched: false, cancellationToken, out lane, out run, out table))
            {
                return Run(@event, lane, run, table, cancellationToken);
            }

            if (TryBegin(isWatched: true, cancellationToken, out lane, out run, out table))
            {
                return Watched.Run(@event, lane, run, table, cancellationToken);
            }
        }

        return topic.PublishFullAsync(@event, options: null, cause, cancellationToken);
    }

    private void Prepare(RouteTable<TEvent> table, PlainTally tally)
    {
        PlainRuns run = tally.OfThisThread();
        if (!table.IsQueued)
        {
            run.Attempt ??= NewAttempt(table);
        }

        PublishLane.Made().Keep(number, run);
    }

    private Attempt NewAttempt(RouteTable<TEvent> table)
    {
        Envelope envelope = new();
        envelope.Fill(null, topic.TypeName, map.Clock, cause: null, options: null, stampNow: false);
        Attempt attempt = new(envelope);
        attempt.Widen(table, table.Routes.Length);
        return attempt;
    }

    private ValueTask Run(
        TEvent @event, PublishLane lane, PlainRuns run, RouteTable<TEvent> table, CancellationToken cancellationToken)
    {
        if (table.IsQueued)
        {
            return _queued.Run(@event, lane, run, table, cancellationToken);
        }

        if (table.HasPatterns || cancellationToken.CanBeCanceled)
        {
            return _inline.RunCarefully(@event, lane, run, table, cancellationToken);
        }

        return table.HasFilters ? _inline.RunFiltered(@event, lane, run, table) : _inline.Run(@event, lane, run, table);
    }
}
