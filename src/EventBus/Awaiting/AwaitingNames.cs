using EventBus.Subscriptions;

namespace EventBus.Awaiting;

/// <summary>Names for subscriptions that come and go: few, and the same ones again, for metrics are kept by them.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class AwaitingNames
{
    // Of the 200 letters of a name, these leave enough for the use and the number.
    private const int LongestTypeName = 180;

    private readonly object _gate = new();
    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Takes a free name, such as <c>next&lt;Shop.OrderPlaced&gt;</c>, or the same with <c>-2</c>.</summary>
    public string Take(string use, Type type)
    {
        string stem = $"{use}<{NameOf(type)}>";
        lock (_gate)
        {
            string name = stem;
            for (int number = 2; !_taken.Add(name); number++)
            {
                name = $"{stem}-{number}";
            }

            return name;
        }
    }

    /// <summary>Gives a name back, when its subscription is gone for good.</summary>
    public void Return(string name)
    {
        lock (_gate)
        {
            _taken.Remove(name);
        }
    }

    private static string NameOf(Type type)
    {
        // An array's brackets, say, are no letters of a name.
        string name = string.Concat(SubscriptionName.Of(type).Select(static letter => SubscriptionName.IsValid($"{letter}") ? letter : '_'));
        return name.Length <= LongestTypeName ? name : name[^LongestTypeName..];
    }
}
