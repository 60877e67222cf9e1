using System.Collections.Concurrent;
using EventBus.Subscriptions;

namespace EventBus.Publishing;

/// <summary>The stable name of each event type: chosen by the application, else the type's full name.</summary>
/// <remarks>Thread-safe once the bus is built.</remarks>
internal sealed class EventTypeNames
{
    private readonly ConcurrentDictionary<Type, string> _names = new();

    /// <summary>Names a type.</summary>
    /// <returns>What is wrong with it; null where nothing is.</returns>
    public string? Choose(Type type, string name)
    {
        if (_names.FirstOrDefault(pair => pair.Value == name && pair.Key != type).Key is { } other)
        {
            return $"Two event types are named '{name}': {SubscriptionName.Of(other)} and {SubscriptionName.Of(type)}. " +
                $"Give one of them another name with bus.NameEvent<{type.Name}>(\"…\").";
        }

        _names[type] = name;
        return null;
    }

    public string Of(Type type) => _names.GetOrAdd(type, static type => SubscriptionName.Of(type));
}
