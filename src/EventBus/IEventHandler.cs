namespace EventBus;

/// <summary>Handles the events of one type.</summary>
/// <typeparam name="TEvent">The event's type, or a base class or interface of the events to handle.</typeparam>
/// <remarks>
/// Subscribed with <see cref="EventBusBuilder.Subscribe{TEvent, THandler}"/>. Each attempt gets a new instance from a DI scope
/// of its own, disposed when the attempt ends: a retry never meets the broken state of the attempt before. The class may be
/// <c>internal</c>. Instances are not shared, so a handler needs no lock for its own fields.
/// </remarks>
public interface IEventHandler<in TEvent>
    where TEvent : notnull
{
    /// <summary>Handles one event. Returning means success; throwing means that this attempt failed.</summary>
    /// <param name="event">The object that was published.</param>
    /// <param name="context">What is known about the event and this attempt. Valid until the returned task ends.</param>
    /// <param name="cancellationToken">
    /// Fires at the attempt's timeout and at the end of the drain at shutdown; for an inline subscription also with the
    /// publisher's token. A handler that goes on regardless loses its place, and its late end is ignored.
    /// </param>
    /// <returns>A task that ends when the event has been handled.</returns>
    ValueTask HandleAsync(TEvent @event, EventContext context, CancellationToken cancellationToken);
}
