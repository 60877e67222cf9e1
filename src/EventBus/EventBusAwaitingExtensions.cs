using EventBus.Awaiting;

namespace EventBus;

/// <summary>Waits for events where they are needed: the next one, a stream of them, or the reply to a request.</summary>
/// <remarks>
/// For any <see cref="IEventBus"/>: built on subscriptions that live while somebody waits, named <c>next&lt;type&gt;</c> and
/// <c>stream&lt;type&gt;</c> (and <c>-2</c> and so on where there are several at once). They are inline: an event is seen in its publisher's
/// flow, and nothing is queued. Every member may be called from any thread at once, inside a handler too.
/// </remarks>
public static class EventBusAwaitingExtensions
{
    /// <summary>Waits for the next event of a type.</summary>
    /// <typeparam name="TEvent">The event's class, record or struct, or a base class or interface of several.</typeparam>
    /// <param name="bus">The bus.</param>
    /// <param name="timeout">
    /// How long to wait, by the clock of the bus: above zero (40 days at most count), or <see cref="Timeout.InfiniteTimeSpan"/> for
    /// no limit.
    /// </param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>
    /// The first event whose publish began after the call. One whose publish had begun before and goes on may be taken, too.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="bus"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is zero or negative.</exception>
    /// <exception cref="TimeoutException">No event came in time.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled first.</exception>
    /// <exception cref="Publishing.EventBusStoppedException">The bus stopped first, or had stopped.</exception>
    /// <remarks>
    /// Call it before what causes the event, and await it afterwards. Whatever ends the wait, nothing of it stays behind.
    /// </remarks>
    public static ValueTask<TEvent> NextAsync<TEvent>(
        this IEventBus bus, TimeSpan timeout, CancellationToken cancellationToken = default)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(bus);
        Check(timeout);
        return NextEvent<TEvent>.WaitAsync(bus, null, timeout, cancellationToken);
    }

    /// <summary>Waits for the next event of a type that passes a filter.</summary>
    /// <inheritdoc cref="NextAsync{TEvent}(IEventBus, TimeSpan, CancellationToken)"/>
    /// <param name="bus">The bus.</param>
    /// <param name="filter">
    /// Called once for each event of the type, in its publisher's flow, possibly from many threads at once; it should be quick and change
    /// nothing. If it throws, the wait ends with that exception, and the publisher does not notice.
    /// </param>
    /// <param name="timeout">As in the overload without a filter.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ArgumentNullException"><paramref name="bus"/> or <paramref name="filter"/> is null.</exception>
    public static ValueTask<TEvent> NextAsync<TEvent>(
        this IEventBus bus, Func<TEvent, bool> filter, TimeSpan timeout, CancellationToken cancellationToken = default)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(filter);
        Check(timeout);
        return NextEvent<TEvent>.WaitAsync(bus, filter, timeout, cancellationToken);
    }

    /// <summary>Gives the events of a type as a sequence, for <c>await foreach</c>.</summary>
    /// <typeparam name="TEvent">The event's class, record or struct, or a base class or interface of several.</typeparam>
    /// <param name="bus">The bus.</param>
    /// <param name="filter">
    /// As in <see cref="NextAsync{TEvent}(IEventBus, Func{TEvent, bool}, TimeSpan, CancellationToken)"/>; if it throws, the enumeration ends
    /// with that exception. Null takes all events.
    /// </param>
    /// <param name="options">The buffer between publishers and reader; null for 1,024 events of which the oldest is dropped. Read before the call returns.</param>
    /// <param name="cancellationToken">Ends each enumeration with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The sequence. It takes events from the moment an enumeration begins.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="bus"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is less than 1, or there is no such mode.</exception>
    public static StreamedEvents<TEvent> StreamAsync<TEvent>(
        this IEventBus bus, Func<TEvent, bool>? filter = null, StreamOptions? options = null, CancellationToken cancellationToken = default)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(bus);
        return new StreamedEvents<TEvent>(bus, filter, options ?? new StreamOptions(), cancellationToken);
    }

    /// <summary>Publishes an event and waits for the event that answers it.</summary>
    /// <typeparam name="TReply">The type of the answer, or a base class or interface of several.</typeparam>
    /// <param name="bus">The bus.</param>
    /// <param name="request">The event to publish. Its own type decides who gets it.</param>
    /// <param name="timeout">How long to wait, the publish included: as in <see cref="NextAsync{TEvent}(IEventBus, TimeSpan, CancellationToken)"/>.</param>
    /// <param name="cancellationToken">Ends the waiting, and is the token of the publish.</param>
    /// <returns>The first <typeparamref name="TReply"/> with the request's correlation id, but for the request itself.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="bus"/> or <paramref name="request"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is zero or negative.</exception>
    /// <exception cref="TimeoutException">
    /// No reply came in time. One that comes later is counted (metric <c>eventbus.reply.late</c>), as far as its request is among the
    /// latest 1,024 of its reply type that timed out.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled first.</exception>
    /// <exception cref="Publishing.EventBusStoppedException">The bus stopped first, or takes no more events.</exception>
    /// <remarks>
    /// <para>
    /// The request gets a correlation id of its own, which everything inherits that its handlers publish: they answer by publishing, and
    /// need not know that anybody waits. A handler that fails is retried and dead-lettered as ever; the caller waits on.
    /// </para>
    /// <para>What else the publish of the request throws is thrown here, if no reply has come before.</para>
    /// </remarks>
    public static Task<TReply> RequestAsync<TReply>(
        this IEventBus bus, object request, TimeSpan timeout, CancellationToken cancellationToken = default)
        where TReply : notnull
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(request);
        Check(timeout);
        return AwaitingDesk.Of(bus).LookoutFor<TReply>().Replies.RequestAsync(request, timeout, cancellationToken);
    }

    private static void Check(TimeSpan timeout)
    {
        if (timeout <= TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(
                nameof(timeout),
                timeout,
                "Nothing could ever come in time. " +
                "Write a time above zero, such as TimeSpan.FromSeconds(5), or Timeout.InfiniteTimeSpan for no limit.");
        }
    }
}
