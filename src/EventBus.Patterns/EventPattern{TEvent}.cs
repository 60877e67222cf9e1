using EventBus.Patterns.Events;
using EventBus.Patterns.Explaining;
using EventBus.Patterns.Typing;

namespace EventBus.Patterns;

/// <summary>A pattern made ready for events of one .NET type, which it reads without making JSON of them.</summary>
/// <remarks>
/// <para>
/// The answer is that which <see cref="Pattern"/> gives to the JSON that System.Text.Json makes of the same event, as a
/// <typeparamref name="TEvent"/> and under the same options. Only the properties that the pattern asks for are read.
/// </para>
/// <para>
/// JSON has no NaN and no infinity. The serializer throws at them unless the options allow them by name
/// (<see cref="System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals"/>), and then they are strings
/// here too. Otherwise such a value is a number that equals nothing and lies in no range: <c>exists</c> and <c>anything-but</c>
/// match it.
/// </para>
/// <para>
/// Nothing is allocated for strings, numbers, booleans, dates and times, Guids, enums, and objects, arrays,
/// <see cref="List{T}"/>, <see cref="System.Collections.Immutable.ImmutableArray{T}"/> and
/// <see cref="Dictionary{TKey, TValue}"/> of them. Other collections are gone through by their own enumerators, as the
/// serializer does. What only a serializer can write (the values of a custom converter, of
/// a polymorphic type, of <see cref="object"/>) is written to pooled memory and read from there. Programs compiled
/// ahead of time get each value boxed.
/// </para>
/// <para>Immutable: any number of threads may match with one.</para>
/// </remarks>
/// <typeparam name="TEvent">The type of the events.</typeparam>
public sealed class EventPattern<TEvent>
{
    private readonly ReadingPlan<TEvent> _plan;

    internal EventPattern(EventPattern pattern, Shape shape)
    {
        Pattern = pattern;
        _plan = new ReadingPlan<TEvent>(shape, pattern.Matcher.Tree);
    }

    /// <summary>The pattern itself.</summary>
    public EventPattern Pattern { get; }

    /// <summary>Whether an event matches.</summary>
    /// <remarks>What a getter or a converter of the event throws comes through.</remarks>
    /// <param name="event">The event.</param>
    /// <returns>Whether it matches.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="event"/> is null.</exception>
    /// <exception cref="System.Text.Json.JsonException">The type's own converter writes something that is no JSON object.</exception>
    public bool IsMatch(TEvent @event)
    {
        ArgumentNullException.ThrowIfNull(@event, nameof(@event));
        var reading = EventReading.Rent(_plan.FieldCount);
        try
        {
            _plan.Read(@event, reading);
            return Pattern.Matcher.IsMatch(reading, utf8Json: default);
        }
        finally
        {
            reading.Return();
        }
    }

    /// <summary>Tells why an event matches or does not.</summary>
    /// <remarks><inheritdoc cref="IsMatch" path="/remarks/node()"/></remarks>
    /// <param name="event">The event.</param>
    /// <returns>The verdict and how it came about. Its verdict is that of <see cref="IsMatch"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="event"/> is null.</exception>
    /// <exception cref="System.Text.Json.JsonException">The type's own converter writes something that is no JSON object.</exception>
    public PatternExplanation Explain(TEvent @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        var reading = EventReading.Rent(_plan.FieldCount);
        try
        {
            _plan.Read(@event, reading);
            return Explainer.Explain(Pattern.Matcher, reading, json: default);
        }
        finally
        {
            reading.Return();
        }
    }
}
