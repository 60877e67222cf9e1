namespace EventBus;

/// <summary>Handles the events of one type, several in one call.</summary>
/// <typeparam name="TEvent">The event's type, or a base class or interface of the events to handle.</typeparam>
/// <remarks>
/// Subscribed with <see cref="EventBusBuilder.SubscribeBatch{TEvent, THandler}"/>. Each call gets a new instance from a DI scope of its
/// own, disposed when the call ends. The class may be <c>internal</c>.
/// </remarks>
public interface IBatchEventHandler<in TEvent>
    where TEvent : notnull
{
    /// <summary>Handles the events of one batch.</summary>
    /// <param name="events">
    /// 1 to <see cref="Dispatching.BatchOptions.Size"/> events: those whose retry is due first, then the others in the order in which they
    /// were accepted. A list of this call's own, which may be kept.
    /// </param>
    /// <param name="context">What is known about the events, and where failed ones are reported. Valid until the returned task ends.</param>
    /// <param name="cancellationToken">
    /// Fires at the call's timeout and at the end of the drain at shutdown. A handler that goes on regardless loses its place, and all
    /// events of the batch become dead letters.
    /// </param>
    /// <returns>
    /// A task that ends when the events have been handled. Those that were not reported with <see cref="BatchContext.Fail"/> have then
    /// succeeded; an exception fails them all.
    /// </returns>
    ValueTask HandleAsync(IReadOnlyList<TEvent> events, BatchContext context, CancellationToken cancellationToken);
}
