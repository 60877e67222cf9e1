using System.Diagnostics.Metrics;
using EventBus.DeadLettering;
using EventBus.Delivering;
using EventBus.Diagnostics;
using EventBus.Publishing.Deduplicating;
using EventBus.Publishing.Delaying;
using EventBus.Scheduling;
using EventBus.Subscriptions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace EventBus.Publishing;

/// <summary>Builds the bus from everything the modules registered, or says all that is wrong with it at once.</summary>
internal static class BusFactory
{
    /// <exception cref="OptionsValidationException">Something is wrong; the message names all of it.</exception>
    public static InProcessEventBus Create(IServiceProvider services, BusRegistrations registrations)
    {
        BusConfiguration configuration = new(services.GetService<IConfiguration>());
        EventBusOptions options = services.GetRequiredService<IOptions<EventBusOptions>>().Value;
        EventTypeNames names = new();
        List<string> problems = [.. configuration.Apply(options)];
        problems.AddRange(EventBusOptionsValidator.Check(options));
        problems.AddRange(registrations.EventNames.Select(each => names.Choose(each.Type, each.Name)).OfType<string>());
        foreach (SubscriptionDefinition definition in registrations.Definitions)
        {
            problems.AddRange(configuration.Apply(definition));
        }

        problems.AddRange(SubscriptionValidator.Check(registrations.Definitions));
        HandlerServices handlers = new(registrations.Services, services.GetService<IServiceProviderIsService>());
        problems.AddRange(registrations.Definitions.Select(handlers.Check).OfType<string>());
        problems.AddRange(registrations.Definitions
            .Where(static each => each.HasPatterns)
            .SelectMany(each => each.CheckPatterns(options.PatternJsonOptions)));
        TimeProvider clock = services.GetService<TimeProvider>() ?? TimeProvider.System;
        problems.AddRange(ScheduleConfiguration.Apply(configuration, registrations.Schedules));
        problems.AddRange(ScheduleValidator.Check(registrations.Schedules, clock.GetUtcNow()));
        if (problems.Count > 0)
        {
            // Two of one name read one section, and would say everything twice.
            throw new OptionsValidationException("EventBus", typeof(EventBusOptions), problems.Distinct());
        }

        BusParts parts = Assemble(services, clock, options, configuration, names, registrations);
        foreach (SubscriptionDefinition definition in registrations.Definitions)
        {
            parts.Catalog.Add(parts.BuildValid(definition));
        }

        WarnOfUnused(parts, registrations);
        InProcessEventBus bus = new(parts);

        // A host says when the application has started. Without one nobody does, and this is as late as it can be.
        if (services.GetService<IHostApplicationLifetime>() is null)
        {
            bus.StartSchedules();
        }

        return bus;
    }

    private static BusParts Assemble(
        IServiceProvider services,
        TimeProvider clock,
        EventBusOptions options,
        BusConfiguration configuration,
        EventTypeNames names,
        BusRegistrations registrations)
    {
        ILogger logger = (ILogger?)services.GetService<ILoggerFactory>()?.CreateLogger("EventBus") ?? NullLogger.Instance;
        SubscriptionCatalog catalog = new();
        Telemetry telemetry = new(
            logger,
            clock,
            services.GetService<IMeterFactory>(),
            services.GetServices<IDeliveryObserver>(),
            options.TraceParenting,
            () => catalog.Read().Living);
        DeadLetterOffice office = new(services.GetService<IDeadLetterSink>(), options.DeadLetterCapacity, telemetry);
        PublishGate gate = new();
        CancellationTokenSource stopping = new();
        DeliveryEnvironment environment = new(
            clock,
            options.AbandonAfter,
            telemetry,
            office,
            new ActiveWork(),
            new AlarmClock(clock),
            registrations.Jitter,
            stopping.Token);
        DelayedDeliveries delays = new(gate, environment);
        Schedules schedules = new(registrations.Schedules, environment);
        Deduplication deduplication = new(clock, options.DeduplicationWindow);
        TopicMap topics = new(catalog, names, clock, telemetry, gate, options.MaxHops, deduplication, delays);
        IServiceScopeFactory scopes = services.GetRequiredService<IServiceScopeFactory>();
        return new BusParts(scopes, options, configuration, catalog, topics, gate, delays, schedules, environment, stopping);
    }

    private static void WarnOfUnused(BusParts parts, BusRegistrations registrations)
    {
        string[] known = [.. registrations.Definitions.Select(static definition => definition.Name)];
        foreach ((string path, string? nearest) in parts.Configuration.FindUnused(known))
        {
            Log.ConfigurationUnused(
                parts.Environment.Telemetry.Logger, path, nearest is null ? "" : $" Did you mean '{nearest}'?");
        }
    }
}
