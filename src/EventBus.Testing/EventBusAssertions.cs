using System.Runtime.CompilerServices;
using EventBus.Diagnostics;

namespace EventBus.Testing;

/// <summary>Says what a test expects of the bus, and fails with the journal of what happened instead.</summary>
/// <remarks>
/// They look at what is recorded at that moment and wait for nothing: await <see cref="EventBusHarness.WhenIdleAsync"/> before.
/// Every member may be called from any thread at once. Where a subscription is named that neither exists nor is in the recording,
/// each of them fails: a name mistyped must not make a test pass.
/// </remarks>
public static class EventBusAssertions
{
    /// <summary>Fails unless the event was published.</summary>
    /// <typeparam name="TEvent">The event's type, or a base class or interface of several.</typeparam>
    /// <param name="harness">The bus under test.</param>
    /// <param name="predicate">Which events count; null for all of the type.</param>
    /// <param name="times">How often exactly, 0 or more; null for at least once.</param>
    /// <param name="condition">The text of <paramref name="predicate"/>, for the message. The compiler fills it in.</param>
    /// <returns>The entries found, oldest first.</returns>
    /// <exception cref="EventBusAssertionException">It was published less or more often.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="harness"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is negative.</exception>
    public static IReadOnlyList<RecordedEvent<TEvent>> ShouldHavePublished<TEvent>(
        this EventBusHarness harness,
        Func<TEvent, bool>? predicate = null,
        int? times = null,
        [CallerArgumentExpression(nameof(predicate))] string? condition = null)
        where TEvent : notnull =>
        new Expectation<TEvent>(harness, "be published", null, predicate, condition).Require(harness.Recorder.Published<TEvent>(), times);

    /// <summary>Fails if the event was published.</summary>
    /// <typeparam name="TEvent">The event's type, or a base class or interface of several.</typeparam>
    /// <param name="harness">The bus under test.</param>
    /// <param name="predicate">Which events count; null for all of the type.</param>
    /// <param name="condition">The text of <paramref name="predicate"/>, for the message. The compiler fills it in.</param>
    /// <exception cref="EventBusAssertionException">It was published.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="harness"/> is null.</exception>
    public static void ShouldNotHavePublished<TEvent>(
        this EventBusHarness harness,
        Func<TEvent, bool>? predicate = null,
        [CallerArgumentExpression(nameof(predicate))] string? condition = null)
        where TEvent : notnull =>
        new Expectation<TEvent>(harness, "be published", null, predicate, condition).Forbid(harness.Recorder.Published<TEvent>());

    /// <summary>Fails unless the event was handled, at whichever attempt.</summary>
    /// <typeparam name="TEvent">The event's type, or a base class or interface of several.</typeparam>
    /// <param name="harness">The bus under test.</param>
    /// <param name="subscription">The subscription's name; null for any.</param>
    /// <param name="predicate">Which events count; null for all of the type.</param>
    /// <param name="times">How many deliveries exactly, 0 or more; null for at least one.</param>
    /// <param name="condition">The text of <paramref name="predicate"/>, for the message. The compiler fills it in.</param>
    /// <returns>The entries found, oldest first.</returns>
    /// <exception cref="EventBusAssertionException">It was handled less or more often.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="harness"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is negative.</exception>
    public static IReadOnlyList<RecordedEvent<TEvent>> ShouldHaveHandled<TEvent>(
        this EventBusHarness harness,
        string? subscription = null,
        Func<TEvent, bool>? predicate = null,
        int? times = null,
        [CallerArgumentExpression(nameof(predicate))] string? condition = null)
        where TEvent : notnull =>
        new Expectation<TEvent>(harness, "be handled", subscription, predicate, condition)
            .Require(harness.Recorder.Handled<TEvent>(subscription), times);

    /// <summary>Fails if the event was handled.</summary>
    /// <typeparam name="TEvent">The event's type, or a base class or interface of several.</typeparam>
    /// <param name="harness">The bus under test.</param>
    /// <param name="subscription">The subscription's name; null for any.</param>
    /// <param name="predicate">Which events count; null for all of the type.</param>
    /// <param name="condition">The text of <paramref name="predicate"/>, for the message. The compiler fills it in.</param>
    /// <exception cref="EventBusAssertionException">It was handled.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="harness"/> is null.</exception>
    public static void ShouldNotHaveHandled<TEvent>(
        this EventBusHarness harness,
        string? subscription = null,
        Func<TEvent, bool>? predicate = null,
        [CallerArgumentExpression(nameof(predicate))] string? condition = null)
        where TEvent : notnull =>
        new Expectation<TEvent>(harness, "be handled", subscription, predicate, condition)
            .Forbid(harness.Recorder.Handled<TEvent>(subscription));

    /// <summary>Fails unless a filter turned the event away.</summary>
    /// <typeparam name="TEvent">The event's type, or a base class or interface of several.</typeparam>
    /// <param name="harness">The bus under test.</param>
    /// <param name="subscription">The subscription's name; null for any.</param>
    /// <param name="predicate">Which events count; null for all of the type.</param>
    /// <param name="times">How often exactly, 0 or more; null for at least once.</param>
    /// <param name="condition">The text of <paramref name="predicate"/>, for the message. The compiler fills it in.</param>
    /// <returns>The entries found, oldest first.</returns>
    /// <exception cref="EventBusAssertionException">It was turned away less or more often.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="harness"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is negative.</exception>
    public static IReadOnlyList<RecordedEvent<TEvent>> ShouldHaveFiltered<TEvent>(
        this EventBusHarness harness,
        string? subscription = null,
        Func<TEvent, bool>? predicate = null,
        int? times = null,
        [CallerArgumentExpression(nameof(predicate))] string? condition = null)
        where TEvent : notnull =>
        new Expectation<TEvent>(harness, "be filtered", subscription, predicate, condition)
            .Require(harness.Recorder.Filtered<TEvent>(subscription), times);

    /// <summary>Fails unless an attempt at the event failed and was followed, or is to be followed, by another.</summary>
    /// <typeparam name="TEvent">The event's type, or a base class or interface of several.</typeparam>
    /// <param name="harness">The bus under test.</param>
    /// <param name="subscription">The subscription's name; null for any.</param>
    /// <param name="predicate">Which events count; null for all of the type.</param>
    /// <param name="times">How many retries exactly, 0 or more; null for at least one.</param>
    /// <param name="condition">The text of <paramref name="predicate"/>, for the message. The compiler fills it in.</param>
    /// <returns>The entries found, oldest first.</returns>
    /// <exception cref="EventBusAssertionException">It was retried less or more often.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="harness"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is negative.</exception>
    public static IReadOnlyList<RecordedEvent<TEvent>> ShouldHaveRetried<TEvent>(
        this EventBusHarness harness,
        string? subscription = null,
        Func<TEvent, bool>? predicate = null,
        int? times = null,
        [CallerArgumentExpression(nameof(predicate))] string? condition = null)
        where TEvent : notnull =>
        new Expectation<TEvent>(harness, "be retried", subscription, predicate, condition)
            .Require(harness.Recorder.Retried<TEvent>(subscription), times);

    /// <summary>Fails if an attempt failed and was followed, or is to be followed, by another.</summary>
    /// <param name="harness">The bus under test.</param>
    /// <param name="subscription">The subscription's name; null for any.</param>
    /// <exception cref="EventBusAssertionException">An event was retried.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="harness"/> is null.</exception>
    public static void ShouldNotHaveRetried(this EventBusHarness harness, string? subscription = null) =>
        new Expectation<object>(harness, "be retried", subscription)
            .Forbid(harness.Recorder.Retried<object>(subscription));

    /// <summary>Fails unless a delivery of the event was given up.</summary>
    /// <typeparam name="TEvent">The event's type, or a base class or interface of several.</typeparam>
    /// <param name="harness">The bus under test.</param>
    /// <param name="subscription">The subscription's name; null for any.</param>
    /// <param name="reason">Why it must have been given up; null for any reason.</param>
    /// <param name="predicate">Which events count; null for all of the type.</param>
    /// <param name="times">How many deliveries exactly, 0 or more; null for at least one.</param>
    /// <param name="condition">The text of <paramref name="predicate"/>, for the message. The compiler fills it in.</param>
    /// <returns>The entries found, oldest first.</returns>
    /// <remarks>Asks what was recorded: a letter that was redriven or discarded since counts as well.</remarks>
    /// <exception cref="EventBusAssertionException">It was given up less or more often, or for another reason.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="harness"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is negative.</exception>
    public static IReadOnlyList<RecordedEvent<TEvent>> ShouldHaveDeadLettered<TEvent>(
        this EventBusHarness harness,
        string? subscription = null,
        DeadLetterReason? reason = null,
        Func<TEvent, bool>? predicate = null,
        int? times = null,
        [CallerArgumentExpression(nameof(predicate))] string? condition = null)
        where TEvent : notnull =>
        new Expectation<TEvent>(harness, "be dead-lettered", subscription, predicate, condition, reason)
            .Require(harness.Recorder.DeadLettered<TEvent>(subscription), times);

    /// <summary>Fails if any delivery was given up.</summary>
    /// <param name="harness">The bus under test.</param>
    /// <param name="subscription">The subscription's name; null for any.</param>
    /// <param name="reason">For which reason; null for any.</param>
    /// <remarks>Asks what was recorded: a letter that was redriven or discarded since counts as well.</remarks>
    /// <exception cref="EventBusAssertionException">A delivery was given up.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="harness"/> is null.</exception>
    public static void ShouldNotHaveDeadLettered(
        this EventBusHarness harness, string? subscription = null, DeadLetterReason? reason = null) =>
        new Expectation<object>(harness, "be dead-lettered", subscription, reason: reason)
            .Forbid(harness.Recorder.DeadLettered<object>(subscription));

    /// <summary>
    /// Fails unless every delivery is accounted for: for each subscription, and for those that have ended,
    /// accepted = succeeded + dead-lettered + pending.
    /// </summary>
    /// <param name="harness">The bus under test. It need not be idle.</param>
    /// <exception cref="EventBusAssertionException">Deliveries were lost, or counted twice. The message names where.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="harness"/> is null.</exception>
    public static void ShouldBeConserved(this EventBusHarness harness)
    {
        ArgumentNullException.ThrowIfNull(harness);
        EventBusStatistics statistics = harness.Monitor.GetStatistics();
        string[] broken =
        [
            .. statistics.Subscriptions.Where(static each => !each.Counts.IsConserved).Select(static each => $"'{each.Name}'"),
        ];
        if (broken.Length == 0 && statistics.Total.IsConserved)
        {
            return;
        }

        string where = broken.Length == 0 ? "the subscriptions that have ended" : string.Join(", ", broken);
        DeliveryCounts total = statistics.Total;
        throw new EventBusAssertionException($"""
            Expected accepted = succeeded + dead-lettered + pending, but that does not hold for {where}.
            Altogether {total.Accepted} were accepted, {total.Succeeded} succeeded, {total.DeadLettered} were dead-lettered and {total.Pending} are pending.
            {harness}
            """);
    }
}
