namespace EventBus.Publishing;

/// <summary>Publishes to one topic, found once.</summary>
internal sealed class EventPublisher<TEvent>(InProcessEventBus bus) : IEventPublisher<TEvent>
    where TEvent : notnull
{
    private readonly Topic<TEvent> _topic = bus.Topics.Get<TEvent>();

    public ValueTask PublishAsync(TEvent @event, CancellationToken cancellationToken) =>
        _topic.PublishAsync(@event, cancellationToken);

    public ValueTask PublishAsync(TEvent @event, PublishOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        return _topic.PublishAsync(@event, options, cancellationToken);
    }
}
