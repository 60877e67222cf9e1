using EventBus.Subscriptions;

namespace EventBus.Publishing.Delaying;

/// <summary>What a publish with a delay gathers: who gets the event at its time. Used by one flow.</summary>
internal sealed class Delay(DateTimeOffset due)
{
    public DateTimeOffset Due => due;

    public List<Subscription> Subscriptions { get; } = [];

    /// <returns>Null where the event is due at once.</returns>
    /// <inheritdoc cref="DueTime.Of"/>
    public static Delay? Of(PublishOptions options, TimeProvider clock) => DueTime.Of(options, clock) is { } due ? new Delay(due) : null;
}
