namespace EventBus;

/// <summary>Publishes events of one type: says in a constructor what a module emits.</summary>
/// <typeparam name="TEvent">The event's type, or a base of the events published through it.</typeparam>
/// <remarks>
/// Injected like <c>ILogger&lt;T&gt;</c>, as a singleton, and the fastest way to publish: the event's type is looked up once.
/// May be called from any thread at once.
/// </remarks>
public interface IEventPublisher<in TEvent>
    where TEvent : notnull
{
    /// <inheritdoc cref="IEventBus.PublishAsync{TEvent}(TEvent, CancellationToken)"/>
    ValueTask PublishAsync(TEvent @event, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="IEventBus.PublishAsync{TEvent}(TEvent, PublishOptions, CancellationToken)"/>
    ValueTask PublishAsync(TEvent @event, PublishOptions options, CancellationToken cancellationToken = default);
}
