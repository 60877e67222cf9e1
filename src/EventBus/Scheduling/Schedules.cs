using EventBus.Delivering;
using EventBus.Diagnostics;

namespace EventBus.Scheduling;

/// <summary>All schedules of a bus, which share one timer.</summary>
/// <remarks>Thread-safe. Without a schedule there is no timer.</remarks>
internal sealed class Schedules : IDisposable
{
    private readonly AlarmClock? _alarms;
    private readonly Schedule[] _all = [];

    public Schedules(IReadOnlyCollection<ScheduleDefinition> definitions, DeliveryEnvironment environment)
    {
        if (definitions.Count > 0)
        {
            AlarmClock alarms = new(environment.Clock);
            _alarms = alarms;
            _all = [.. definitions.Select(each => new Schedule(each, alarms, environment))];
        }
    }

    /// <summary>Lets all begin, once.</summary>
    public void Start(IEventBus bus) => Array.ForEach(_all, each => each.Start(bus));

    /// <summary>Ends all. Nothing is published any more that is not being published already.</summary>
    public void Stop() => Array.ForEach(_all, static each => each.Stop());

    public IReadOnlyList<ScheduleStatistics> Read() => Array.ConvertAll(_all, static each => each.Read());

    public void Dispose() => _alarms?.Dispose();
}
