using EventBus.Delivering;
using EventBus.Diagnostics;
using EventBus.Patterns;
using EventBus.Publishing.Delaying;
using EventBus.Scheduling;
using EventBus.Subscriptions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EventBus.Publishing;

/// <summary>What a bus is made of.</summary>
internal sealed record BusParts(
    IServiceScopeFactory Scopes,
    EventBusOptions Options,
    BusConfiguration Configuration,
    SubscriptionCatalog Catalog,
    TopicMap Topics,
    PublishGate Gate,
    DelayedDeliveries Delays,
    Schedules Schedules,
    DeliveryEnvironment Environment,
    CancellationTokenSource Stopping) : IDisposable
{
    /// <summary>Builds a subscription from what the code and the configuration say.</summary>
    /// <exception cref="OptionsValidationException">Something is wrong with it.</exception>
    public Subscription Build(SubscriptionDefinition definition)
    {
        string[] problems =
        [
            .. Configuration.Apply(definition),
            .. SubscriptionValidator.Check(definition),
            .. CheckGroup(definition),
            .. definition.CheckPatterns(Options.PatternJsonOptions),
        ];
        return problems.Length == 0
            ? BuildValid(definition)
            : throw new OptionsValidationException(definition.Name, typeof(SubscriptionDefinition), problems);
    }

    /// <summary>Builds a subscription that was checked.</summary>
    public Subscription BuildValid(SubscriptionDefinition definition)
    {
        Subscription subscription = definition.Build(Scopes, Environment, Options.PatternJsonOptions);
        LogPatterns(subscription);
        return subscription;
    }

    /// <summary>Gives a subscription other patterns.</summary>
    public void Change(Subscription subscription, BoundPatterns patterns)
    {
        IReadOnlyList<PatternRoute> left = Topics.Change(subscription, patterns);
        LogPatterns(subscription);
        if (left.Count > 0)
        {
            _ = ForgetAsync(left);
        }
    }

    /// <summary>Waits until no publish is under way and no delivery is pending.</summary>
    public async Task WhenSettledAsync()
    {
        do
        {
            await Gate.WhenEmptyAsync().ConfigureAwait(Continuation.Capture);
            foreach (Subscription subscription in Catalog.All)
            {
                await subscription.Counters.Pending.WhenNoneAsync().ConfigureAwait(Continuation.Capture);
            }
        }

        // A delivery may have published to a subscription that was looked at before it.
        while (!(Gate.IsEmpty && Catalog.All.All(static each => each.Counters.Pending.IsNone)));
    }

    private IEnumerable<string> CheckGroup(SubscriptionDefinition definition) =>
        definition.LimitGroup is var (name, limit) && Environment.LimitGroups.LimitOf(name) is { } known && known != limit
            ? [SubscriptionValidator.OtherLimit(definition.Name, name, limit, "those that are in it", known)]
            : [];

    private async Task ForgetAsync(IReadOnlyList<PatternRoute> routes)
    {
        await Gate.WhenPastAsync().ConfigureAwait(Continuation.Capture);
        Topics.Forget(routes);
    }

    private void LogPatterns(Subscription subscription)
    {
        ILogger logger = Environment.Telemetry.Logger;
        if (logger.IsEnabled(LogLevel.Debug))
        {
            foreach (EventPattern pattern in subscription.Patterns.All)
            {
                Log.PatternCompiled(logger, subscription.Name, pattern.ToString());
            }
        }
    }

    public void Dispose()
    {
        foreach (Subscription subscription in Catalog.All)
        {
            subscription.Deliverer.Dispose();
        }

        Topics.Release();
        Topics.Deduplication.Dispose();
        Delays.Dispose();
        Schedules.Dispose();
        Environment.Alarms.Dispose();
        Environment.LimitGroups.Dispose();
        Environment.Telemetry.Dispose();
    }
}
