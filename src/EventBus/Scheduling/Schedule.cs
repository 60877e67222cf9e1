using EventBus.Delivering;
using EventBus.Diagnostics;
using Microsoft.Extensions.Logging;

namespace EventBus.Scheduling;

/// <summary>One running schedule: publishes at its times, one event after the other, until it is stopped.</summary>
/// <remarks>
/// Thread-safe. Between two occurrences it is an alarm and nothing else. The next alarm is set before the event is made, so nothing that the
/// application does can end the schedule.
/// </remarks>
internal sealed class Schedule(ScheduleDefinition definition, AlarmClock alarms, DeliveryEnvironment environment) : IThreadPoolWorkItem
{
    private readonly object _gate = new();
    private readonly ScheduleTiming _timing = definition.BuildTiming();
    private readonly ILogger _logger = environment.Telemetry.Logger;
    private AlarmClock.Alarm? _alarm;
    private DateTimeOffset? _next;
    private DateTimeOffset? _last;
    private long _published;
    private long _missed;
    private long _skipped;
    private long _failed;
    private bool _isPublishing;
    private volatile bool _isStopped;

    // Null until the schedule is started.
    private volatile IEventBus? _bus;

    /// <summary>Begins, once.</summary>
    public void Start(IEventBus bus)
    {
        lock (_gate)
        {
            if (_bus is null && !_isStopped)
            {
                _bus = bus;
                SetUnderLock(_timing.First(environment.Clock.GetUtcNow()));
            }
        }
    }

    /// <summary>Ends. An event that is being published goes its way.</summary>
    public void Stop()
    {
        AlarmClock.Alarm? alarm;
        lock (_gate)
        {
            _isStopped = true;
            _next = null;
            alarm = _alarm;
            _alarm = null;
        }

        alarm?.TryCancel();
    }

    public ScheduleStatistics Read()
    {
        lock (_gate)
        {
            return new ScheduleStatistics(definition.Name, _next, _last, _published, _missed, _skipped, _failed);
        }
    }

    public void Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        Task publishing = Task.CompletedTask;
        try
        {
            if (!TryTake(out ScheduleTiming.DueOccurrence due, out bool isSkipped))
            {
                return;
            }

            if (!isSkipped)
            {
                publishing = PublishAsync(due.Latest);
            }

            // After it, so that a logger that throws cannot keep the event back.
            Report(due, isSkipped);
        }
        finally
        {
            // What queues have accepted counts for itself by now, and so do inline handlers that go on.
            environment.Active.Remove();
        }

        await publishing.ConfigureAwait(Continuation.Capture);
    }

    private void SetUnderLock(DateTimeOffset? time)
    {
        _next = time;
        _alarm = time is { } due ? alarms.Set(due, Ring) : null;
    }

    private void Ring()
    {
        // Whoever turns a fake clock and waits until the bus is idle must find the event published.
        environment.Active.Add();
        Continuation.Start(this);
    }

    // False where the schedule has ended. Skipped where it is still publishing.
    private bool TryTake(out ScheduleTiming.DueOccurrence due, out bool isSkipped)
    {
        lock (_gate)
        {
            isSkipped = _isPublishing;
            due = default;
            if (_isStopped)
            {
                return false;
            }

            due = _timing.GoOn(_next!.Value, environment.Clock.GetUtcNow());
            SetUnderLock(due.Next);
            _missed += due.Missed;
            _skipped += isSkipped ? 1 : 0;
            _isPublishing = true;
            return true;
        }
    }

    private void Report(ScheduleTiming.DueOccurrence due, bool isSkipped)
    {
        if (due.Missed > 0)
        {
            Log.ScheduleMissed(_logger, definition.Name, due.Missed, due.Latest);
        }

        if (isSkipped)
        {
            Log.ScheduleSkipped(_logger, definition.Name, due.Latest);
        }
    }

    private async Task PublishAsync(DateTimeOffset time)
    {
        bool isPublished = false;
        try
        {
            isPublished = TryPrepare(time, out Func<IEventBus, ValueTask> publish)
                && await TryPublishAsync(publish, time).ConfigureAwait(Continuation.Capture);
        }
        finally
        {
            lock (_gate)
            {
                _isPublishing = false;
                if (isPublished)
                {
                    _published++;
                    _last = time;
                }
                else
                {
                    _failed++;
                }
            }
        }
    }

    private bool TryPrepare(DateTimeOffset time, out Func<IEventBus, ValueTask> publish)
    {
        try
        {
            publish = definition.Prepare(time);
            return true;
        }
#pragma warning disable CA1031 // Whatever the application's factory throws, the schedule goes on.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.ScheduleFactoryFailed(_logger, exception, definition.Name, time);
            publish = static _ => default;
            return false;
        }
    }

    private async ValueTask<bool> TryPublishAsync(Func<IEventBus, ValueTask> publish, DateTimeOffset time)
    {
        try
        {
            await publish(_bus!).ConfigureAwait(Continuation.Capture);
            return true;
        }
        catch (InvalidOperationException) when (_isStopped)
        {
            // The bus began to stop a moment ago, and takes nothing more.
            return false;
        }
#pragma warning disable CA1031 // A full queue that refuses, or a handler that reports to its publisher: nobody else can be told.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.SchedulePublishFailed(_logger, exception, definition.Name, time);
            return false;
        }
    }
}
