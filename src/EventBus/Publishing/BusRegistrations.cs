using EventBus.Scheduling;
using EventBus.Subscriptions;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Publishing;

/// <summary>What the modules said in their calls of <c>AddEventBus</c>, until the bus is built.</summary>
internal sealed class BusRegistrations(IServiceCollection services)
{
    /// <summary>All registrations of the application, to check handlers against.</summary>
    public IServiceCollection Services { get; } = services;

    public List<SubscriptionDefinition> Definitions { get; } = [];

    public List<EventName> EventNames { get; } = [];

    public List<ScheduleDefinition> Schedules { get; } = [];

    /// <summary>The random source of retry jitter; null for Polly's own. Set by simulations.</summary>
    public Func<double>? Jitter { get; set; }
}
