using EventBus.Patterns.Events;
using EventBus.Patterns.Indexing;
using EventBus.Patterns.Typing;

namespace EventBus.Patterns;

/// <summary>A set of patterns as events of one .NET type see it, which are read without making JSON of them.</summary>
/// <remarks>
/// <para>
/// A view: patterns added to the set or removed from it later count at once. Fields that the type does not have are
/// absent, as the set may hold patterns for other types. Otherwise the answer is that which the set gives to the JSON that
/// System.Text.Json makes of the same event, as a <typeparamref name="TEvent"/> and under the same options; what counts for NaN
/// and infinity, which JSON does not have, <see cref="EventPattern{TEvent}"/> says.
/// </para>
/// <para>
/// Nothing is allocated for the values named at <see cref="EventPattern{TEvent}"/>, but in the first match after a pattern
/// has brought the set a field that none had asked for before.
/// </para>
/// <para>Any number of threads may match, without a lock, while others add to the set and remove from it.</para>
/// </remarks>
/// <typeparam name="TKey">What a caller knows a rule by.</typeparam>
/// <typeparam name="TEvent">The type of the events.</typeparam>
public sealed class EventPatternSet<TKey, TEvent>
    where TKey : notnull
{
    private readonly EventPatternSet<TKey> _set;
    private readonly Shape _shape;
    private ReadingPlan<TEvent> _plan;

    internal EventPatternSet(EventPatternSet<TKey> set, Shape shape)
    {
        _set = set;
        _shape = shape;
        _plan = Plan(set.Index);
    }

    /// <summary>Finds the keys whose patterns match an event.</summary>
    /// <remarks>What a getter or a converter of the event throws comes through; nothing is added then.</remarks>
    /// <param name="event">The event.</param>
    /// <param name="results">The keys are added to it, each once, in no particular order.</param>
    /// <returns>How many keys were added.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="event"/> or <paramref name="results"/> is null.</exception>
    /// <exception cref="System.Text.Json.JsonException">The type's own converter writes something that is no JSON object.</exception>
    public int Match(TEvent @event, ICollection<TKey> results)
    {
        ArgumentNullException.ThrowIfNull(@event, nameof(@event));
        ArgumentNullException.ThrowIfNull(results);
        RuleIndex index = _set.Index;
        ReadingPlan<TEvent> plan = Volatile.Read(ref _plan);
        if (!ReferenceEquals(plan.Index, index) || plan.Version != index.Tree.Version)
        {
            // Of two threads that come here at once either's plan may stay: an older one is found out by the next match.
            plan = Plan(index);
            Volatile.Write(ref _plan, plan);
        }

        var reading = EventReading.Rent(plan.FieldCount);
        try
        {
            plan.Read(@event, reading);
            index.Find(reading, json: default, plan.Version);
            return EventPatternSet<TKey>.Report(reading, results);
        }
        finally
        {
            reading.Return();
        }
    }

    private ReadingPlan<TEvent> Plan(RuleIndex index) => new(_shape, index.Tree, index);
}
