using EventBus.Diagnostics;

namespace EventBus;

/// <summary>Publishes events to every subscription that wants them, and adds subscriptions while the program runs.</summary>
/// <remarks>
/// Registered as a singleton by <see cref="EventBusServiceCollectionExtensions.AddEventBus"/>. Every member may be called
/// from any thread at once. A publish sees the subscriptions as they stood when it began.
/// </remarks>
public interface IEventBus
{
    /// <summary>Hands an event to every matching subscription.</summary>
    /// <typeparam name="TEvent">
    /// The type known at the call. The event's own type decides who receives it, also where this is a base class, an
    /// interface or <see cref="object"/>.
    /// </typeparam>
    /// <param name="event">The event. Its handlers get this very object, so it should be immutable.</param>
    /// <param name="cancellationToken">
    /// Cancelled before anything was accepted: nothing happens. Cancelled while the publish waits for room in a queue:
    /// subscriptions that took the event keep it, and the others get a dead letter
    /// <see cref="DeadLetterReason.PublishCancelled"/>. Inline handlers receive it; queued ones never do.
    /// </param>
    /// <returns>
    /// A task that ends when every matching inline subscription has finished and every queued one has accepted. Await it once, as any
    /// <see cref="ValueTask"/>; what is to be awaited more often needs <see cref="ValueTask.AsTask"/>.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="event"/> is null.</exception>
    /// <exception cref="OperationCanceledException">
    /// <paramref name="cancellationToken"/> was cancelled before the event was accepted, or while it waited for room. In the
    /// second case do not publish again: redrive the dead letters.
    /// </exception>
    /// <exception cref="Publishing.EventBusStoppedException">The bus is stopping or has stopped.</exception>
    /// <exception cref="Dispatching.QueueFullException">
    /// A queue was full and its <see cref="Dispatching.QueueOptions.FullMode"/> is
    /// <see cref="QueueFullMode.Reject"/>. The other subscriptions have the event.
    /// </exception>
    /// <exception cref="AggregateException">
    /// Handlers of subscriptions marked <see cref="InlineFailure.Throw"/> failed. Every other inline handler ran.
    /// A failure of any other handler never reaches the publisher.
    /// </exception>
    ValueTask PublishAsync<TEvent>(TEvent @event, CancellationToken cancellationToken = default)
        where TEvent : notnull;

    /// <summary>Hands an event to every matching subscription, with metadata of the caller's choice.</summary>
    /// <inheritdoc cref="PublishAsync{TEvent}(TEvent, CancellationToken)"/>
    /// <param name="event">The event. Its handlers get this very object, so it should be immutable.</param>
    /// <param name="options">What to write into the event's metadata. Read before the call returns; not kept.</param>
    /// <param name="cancellationToken">As in the overload without options.</param>
    /// <returns>
    /// As in the overload without options. With a delay, a task that ends when the event waits for its time: no handler has run, and no
    /// queue has accepted it.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="event"/> or <paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// The <see cref="PublishOptions.DeduplicationId"/> is empty, white space alone, or longer than 200 characters; or
    /// <see cref="PublishOptions.DeliverAfter"/> is negative or too long, or is set together with <see cref="PublishOptions.DeliverAt"/>.
    /// </exception>
    ValueTask PublishAsync<TEvent>(TEvent @event, PublishOptions options, CancellationToken cancellationToken = default)
        where TEvent : notnull;

    /// <summary>Takes back an event that was published with a delay, where its time has not come yet.</summary>
    /// <param name="eventId">
    /// The event's id: the one its publisher chose with <see cref="PublishOptions.EventId"/>. Where several delayed events have it, all are
    /// taken back.
    /// </param>
    /// <param name="cancellationToken">Cancelled before the call: nothing happens.</param>
    /// <returns>
    /// Whether any delivery was taken back. False where the time has come, the id is not known, nobody subscribed, or the bus has stopped.
    /// Deliveries taken back are counted (<see cref="DeliveryCounts.DelaysCancelled"/>), and nobody hears of them again.
    /// </returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    ValueTask<bool> CancelDelayedAsync(Guid eventId, CancellationToken cancellationToken = default);

    /// <summary>Adds a subscription that lives until it is disposed.</summary>
    /// <typeparam name="TEvent">The event's class, record or struct, or a base class or interface of several.</typeparam>
    /// <param name="name">
    /// The subscription's name: letters, digits, and <c>. - _ + &lt; &gt; ,</c>. Dead letters, metrics and configuration find it
    /// by this name, so no other living subscription may have it.
    /// </param>
    /// <param name="handler">Called for each event that passes the filter, as <paramref name="configure"/> says.</param>
    /// <param name="configure">Sets filter, queue, retries and so on. Null keeps the defaults: queued, two retries.</param>
    /// <returns>The subscription. Disposing it ends it.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> or <paramref name="handler"/> is null.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">
    /// The name is taken or malformed, or an option is out of range; the message says which line to write.
    /// </exception>
    /// <exception cref="Publishing.EventBusStoppedException">
    /// The bus is stopping or has stopped. Inside a handler, as with a publish, only the second counts.
    /// </exception>
    IEventSubscription Subscribe<TEvent>(
        string name,
        Func<TEvent, EventContext, CancellationToken, ValueTask> handler,
        Action<SubscriptionBuilder<TEvent>>? configure = null)
        where TEvent : notnull;

    /// <summary>The clock that the bus measures its times by.</summary>
    /// <value>The application's registered <see cref="TimeProvider"/>; the system's clock for a bus that names none. Never null.</value>
    TimeProvider Clock => TimeProvider.System;

    /// <summary>Fires when the bus has stopped: when nothing is published any more, not even from inside a handler.</summary>
    /// <value>
    /// A token that never fires for a bus that names none. The callbacks hung on it run inside the stop of the bus, so they should be
    /// quick; what they throw is ignored.
    /// </value>
    CancellationToken Stopped => CancellationToken.None;

    /// <summary>Tells for every subscription of an event's type whether it would run if the event were published now, and why.</summary>
    /// <typeparam name="TEvent">The type known at the call. The event's own type decides, as with a publish.</typeparam>
    /// <param name="event">The event. It is not published, and nothing is counted or logged.</param>
    /// <returns>The explanation; its <see cref="object.ToString"/> reads well.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="event"/> is null.</exception>
    /// <remarks>
    /// Predicates are called, and the event's properties read; what they throw is part of the explanation. Whether a queue has room,
    /// or the bus is stopping, is not looked at.
    /// </remarks>
    EventExplanation Explain<TEvent>(TEvent @event)
        where TEvent : notnull;
}
