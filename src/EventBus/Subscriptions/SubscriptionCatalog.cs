using EventBus.Diagnostics;
using Microsoft.Extensions.Options;

namespace EventBus.Subscriptions;

/// <summary>All living subscriptions by name, and the counts of those that have ended.</summary>
/// <remarks>Thread-safe. Readers get an array that never changes.</remarks>
internal sealed class SubscriptionCatalog
{
    private readonly object _gate = new();
    private volatile Subscription[] _all = [];
    private readonly Dictionary<string, Subscription> _byName = new(StringComparer.OrdinalIgnoreCase);
    private DeliveryCounts _ended = new();
    private long _made;

    public IReadOnlyList<Subscription> All => _all;

    public Subscription? Find(string name) => Array.Find(_all, subscription => subscription.Name == name);

    /// <summary>Adds a subscription.</summary>
    /// <exception cref="OptionsValidationException">Its name is taken.</exception>
    public void Add(Subscription subscription)
    {
        lock (_gate)
        {
            if (!_byName.TryAdd(subscription.Name, subscription))
            {
                Subscription first = _byName[subscription.Name];
                throw new OptionsValidationException(
                    subscription.Name,
                    typeof(SubscriptionDefinition),
                    [SubscriptionValidator.DuplicateName(subscription.Name, first.EventType, subscription.EventType)]);
            }

            subscription.Place(_made++);
            _all = [.. _all, subscription];
        }
    }

    /// <summary>Takes out a subscription that has ended, and keeps its counts.</summary>
    public void Remove(Subscription subscription)
    {
        lock (_gate)
        {
            _byName.Remove(subscription.Name);
            _all = [.. _all.Where(each => !ReferenceEquals(each, subscription))];
            _ended = _ended.Plus(subscription.Counters.Read());
        }
    }

    /// <summary>Reads all counters.</summary>
    public (IReadOnlyList<SubscriptionStatistics> Living, DeliveryCounts Total) Read()
    {
        lock (_gate)
        {
            SubscriptionStatistics[] living = [.. _all.Select(static subscription => subscription.Read())];
            return (living, living.Aggregate(_ended, static (sum, each) => sum.Plus(each.Counts)));
        }
    }
}
