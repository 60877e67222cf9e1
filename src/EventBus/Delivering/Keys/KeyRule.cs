namespace EventBus.Delivering.Keys;

/// <summary>What an idempotent subscription knows an event again by, and for how long.</summary>
internal sealed record KeyRule
{
    private readonly Func<KeyRule, string, DeliveryEnvironment, DeliveryCounters, IDeliveryKeys> _build;

    private KeyRule(Func<KeyRule, string, DeliveryEnvironment, DeliveryCounters, IDeliveryKeys> build) => _build = build;

    /// <summary>How long a key that is done is remembered.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromHours(1);

    public static KeyRule ByEventId() => new(static (rule, subscription, environment, counters) =>
        new DeliveryKeys<Guid>(static envelope => envelope.Metadata.EventId, rule.TimeToLive, subscription, environment, counters));

    public static KeyRule By<TEvent, TKey>(Func<TEvent, TKey> key)
        where TEvent : notnull
        where TKey : notnull => new((rule, subscription, environment, counters) =>
            new DeliveryKeys<TKey>(envelope => key((TEvent)envelope.Event!), rule.TimeToLive, subscription, environment, counters));

    public IDeliveryKeys Build(string subscription, DeliveryEnvironment environment, DeliveryCounters counters) =>
        _build(this, subscription, environment, counters);
}
