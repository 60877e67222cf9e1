using EventBus.Subscriptions;

namespace EventBus.Publishing.Delaying;

/// <summary>The events that wait for their time, found by their id.</summary>
/// <remarks>
/// Not thread-safe. One step for each addition and removal, however many events wait and however many of them have one id.
/// </remarks>
internal sealed class DelayedEvents
{
    private readonly Dictionary<Guid, DelayedEvent> _byId = [];

    public void Add(DelayedEvent @event)
    {
        if (!_byId.TryAdd(@event.Id, @event))
        {
            DelayedEvent first = _byId[@event.Id];
            (@event.Previous, @event.Next) = (first.Previous, first);
            first.Previous!.Next = @event;
            first.Previous = @event;
            return;
        }

        @event.Previous = @event.Next = @event;
    }

    /// <summary>Takes one event out.</summary>
    /// <returns>False where it has been taken out before.</returns>
    public bool TryRemove(DelayedEvent @event)
    {
        if (@event.Next is not { } next)
        {
            return false;
        }

        if (next == @event)
        {
            _byId.Remove(@event.Id);
        }
        else
        {
            next.Previous = @event.Previous;
            @event.Previous!.Next = next;
            if (_byId[@event.Id] == @event)
            {
                _byId[@event.Id] = next;
            }
        }

        @event.Previous = @event.Next = null;
        return true;
    }

    /// <summary>Takes out all events of one id.</summary>
    public IReadOnlyList<DelayedEvent> Take(Guid id) => _byId.TryGetValue(id, out DelayedEvent? first) ? Remove([.. Ring(first)]) : [];

    /// <summary>Takes out all events.</summary>
    public IReadOnlyList<DelayedEvent> TakeAll() => Remove([.. _byId.Values.SelectMany(Ring)]);

    /// <summary>Takes one subscription from every event, and the events out that have no other.</summary>
    /// <returns>The events it was taken from. It looks at all that wait.</returns>
    public IReadOnlyList<DelayedEvent> TakeFrom(Subscription subscription)
    {
        DelayedEvent[] found = [.. _byId.Values.SelectMany(Ring).Where(each => each.Subscriptions.Contains(subscription))];
        foreach (DelayedEvent @event in found)
        {
            @event.Subscriptions = [.. @event.Subscriptions.Where(each => each != subscription)];
            if (@event.Subscriptions.Length == 0)
            {
                TryRemove(@event);
            }
        }

        return found;
    }

    private static IEnumerable<DelayedEvent> Ring(DelayedEvent first)
    {
        DelayedEvent each = first;
        do
        {
            yield return each;
            each = each.Next!;
        }
        while (each != first);
    }

    private DelayedEvent[] Remove(DelayedEvent[] events)
    {
        foreach (DelayedEvent @event in events)
        {
            TryRemove(@event);
        }

        return events;
    }
}
