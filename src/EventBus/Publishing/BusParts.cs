using EventBus.Delivering;
using EventBus.Subscriptions;
using Microsoft.Extensions.Options;

namespace EventBus.Publishing;

/// <summary>What a bus is made of.</summary>
internal sealed record BusParts(
    IServiceProvider Services,
    EventBusOptions Options,
    BusConfiguration Configuration,
    SubscriptionCatalog Catalog,
    TopicMap Topics,
    PublishGate Gate,
    DeliveryEnvironment Environment,
    CancellationTokenSource Stopping) : IDisposable
{
    /// <summary>Builds a subscription from what the code and the configuration say.</summary>
    /// <exception cref="OptionsValidationException">Something is wrong with it.</exception>
    public Subscription Build(SubscriptionDefinition definition)
    {
        string[] problems = [.. Configuration.Apply(definition), .. SubscriptionValidator.Check(definition)];
        return problems.Length == 0
            ? definition.Build(Services, Environment)
            : throw new OptionsValidationException(definition.Name, typeof(SubscriptionDefinition), problems);
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

    public void Dispose()
    {
        foreach (Subscription subscription in Catalog.All)
        {
            subscription.Deliverer.Dispose();
        }

        Environment.Alarms.Dispose();
        Environment.Telemetry.Dispose();
    }
}
