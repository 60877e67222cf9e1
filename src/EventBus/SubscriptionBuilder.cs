using System.Diagnostics.CodeAnalysis;
using System.Threading.RateLimiting;
using EventBus.Delivering;
using EventBus.Delivering.Keys;
using EventBus.Dispatching;
using EventBus.Patterns;
using EventBus.Subscriptions;
using Polly;

namespace EventBus;

/// <summary>Says how one subscription filters, queues, retries and gives up. Every member returns the builder.</summary>
/// <typeparam name="TEvent">What the subscription handles.</typeparam>
/// <remarks>
/// Not thread-safe. Values are checked when the bus is built (for a subscription made at run time: at once). The configuration
/// section <c>EventBus:Subscriptions:{name}</c> overrides what is said here.
/// </remarks>
public sealed class SubscriptionBuilder<TEvent>
    where TEvent : notnull
{
    private readonly SubscriptionDefinition<TEvent> _definition;

    internal SubscriptionBuilder(SubscriptionDefinition<TEvent> definition) => _definition = definition;

    private OutcomeDestinations<TEvent> Outcomes =>
        _definition.Outcomes as OutcomeDestinations<TEvent> ?? new OutcomeDestinations<TEvent>();

    /// <summary>Takes only events that pass a test. Several tests must all pass.</summary>
    /// <param name="predicate">
    /// Called in the publisher's flow, from many threads at once, before anything is queued; it should be quick and change
    /// nothing. If it throws, the event becomes a dead letter <see cref="DeadLetterReason.FilterFailed"/> of this
    /// subscription, and no other notices.
    /// </param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="predicate"/> is null.</exception>
    public SubscriptionBuilder<TEvent> Where(Func<TEvent, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        _definition.Predicates.Add(predicate);
        return this;
    }

    /// <summary>Takes only events whose content matches a pattern. Several patterns must all match, and predicates hold besides.</summary>
    /// <param name="pattern">
    /// The pattern: a JSON object such as <c>{ "country": ["NO", "SE"] }</c>. Its names are the event's JSON names: those that
    /// <see cref="EventBusOptions.PatternJsonOptions"/> gives, camel case by default. Checked against <typeparamref name="TEvent"/>
    /// when the bus is built.
    /// </param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="pattern"/> is null.</exception>
    /// <remarks>
    /// <para>
    /// The event's properties are read in the publisher's flow, before anything is queued. If one throws, the event becomes a dead
    /// letter <see cref="DeadLetterReason.FilterFailed"/> of the subscriptions whose patterns read it. Patterns are asked before
    /// predicates.
    /// </para>
    /// <para>
    /// What an event costs does not grow with the number of subscriptions whose pattern turns it away, unless each of these is to
    /// be told of: to an observer, as metric <c>eventbus.filtered.messages</c> or <c>eventbus.filter.duration</c>, or in the log.
    /// </para>
    /// <para>The configuration key <c>EventBus:Subscriptions:{name}:Pattern</c> replaces all patterns given here, also while the program runs.</para>
    /// </remarks>
    public SubscriptionBuilder<TEvent> Matching([StringSyntax(StringSyntaxAttribute.Json)] string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        _definition.Patterns.Add(new PatternText(pattern));
        return this;
    }

    /// <inheritdoc cref="Matching(string)"/>
    /// <param name="pattern">The pattern.</param>
    public SubscriptionBuilder<TEvent> Matching(EventPattern pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        _definition.Patterns.Add(new PatternText(pattern));
        return this;
    }

    /// <summary>Sets when a failed attempt is made again.</summary>
    /// <param name="configure">Changes the schedule, starting from what was said before; at first from <see cref="RetryPreset.Default"/>.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="configure"/> is null.</exception>
    /// <remarks>
    /// Without a call, a queued subscription retries twice, and one that is inline or has <see cref="Resilience"/> not at all. An
    /// inline subscription's publisher waits through the retries.
    /// </remarks>
    public SubscriptionBuilder<TEvent> Retry(Action<RetryOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(_definition.Retry ??= new RetryOptions());
        return this;
    }

    /// <summary>Takes a documented retry schedule, with the maximum age that belongs to it.</summary>
    /// <param name="preset">Which. <see cref="RetryPreset.None"/> makes the first failure final.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such preset.</exception>
    public SubscriptionBuilder<TEvent> Retry(RetryPreset preset)
    {
        _definition.UsePreset(preset);
        return this;
    }

    /// <summary>Makes a kind of exception final: dead letter <see cref="DeadLetterReason.NotRetryable"/> at once.</summary>
    /// <typeparam name="TException">The exception; those derived from it are meant too.</typeparam>
    /// <returns>This builder.</returns>
    public SubscriptionBuilder<TEvent> DoNotRetry<TException>()
        where TException : Exception
    {
        _definition.NotRetryable.Add(typeof(TException));
        return this;
    }

    /// <summary>Sets how long one attempt may take before its token fires.</summary>
    /// <param name="timeout">Above zero, or <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for none. 15 minutes without a call.</param>
    /// <returns>This builder.</returns>
    /// <remarks>
    /// A handler that goes on for <see cref="EventBusOptions.AbandonAfter"/> after its token fired loses its place, and the event
    /// becomes a dead letter <see cref="DeadLetterReason.TimedOut"/>: another attempt would run it twice at once. A handler that
    /// blocks its thread is left behind too where this is called, except inline, on the publisher's own thread.
    /// </remarks>
    public SubscriptionBuilder<TEvent> Timeout(TimeSpan timeout)
    {
        _definition.Timeout = timeout;
        return this;
    }

    /// <summary>Gives up events that are older than this before an attempt begins: dead letter <see cref="DeadLetterReason.Expired"/>.</summary>
    /// <param name="maxAge">Above zero. Counted from <see cref="EventMetadata.OccurredAt"/>, or from the redrive. Unlimited without a call.</param>
    /// <returns>This builder.</returns>
    public SubscriptionBuilder<TEvent> MaxAge(TimeSpan maxAge)
    {
        _definition.MaxAge = maxAge;
        return this;
    }

    /// <summary>Sets the queue between the publishers and the handler.</summary>
    /// <param name="configure">Changes capacity, concurrency and what happens when the queue is full.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="configure"/> is null.</exception>
    public SubscriptionBuilder<TEvent> Queue(Action<QueueOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(_definition.Queue ??= new QueueOptions());
        return this;
    }

    /// <summary>Sets how the events of a batch handler are gathered.</summary>
    /// <param name="configure">Changes size, window, and what becomes of a batch whose handler throws.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="configure"/> is null.</exception>
    /// <remarks>
    /// For subscriptions made by <see cref="EventBusBuilder.SubscribeBatch{TEvent, THandler}"/> alone. <see cref="QueueOptions.MaxConcurrency"/>
    /// then counts batches, and <see cref="Timeout"/> holds for each call of the handler. Attempts, retries and dead letters are each event's own.
    /// </remarks>
    public SubscriptionBuilder<TEvent> Batch(Action<BatchOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(_definition.Batch ??= new BatchOptions());
        return this;
    }

    /// <summary>Handles the events of one key strictly one after the other, in the order in which they were accepted.</summary>
    /// <typeparam name="TKey">The key's type: compared by its <see cref="object.Equals(object)"/>, as in a dictionary.</typeparam>
    /// <param name="key">
    /// Finds an event's key. Called in the publisher's flow, from many threads at once, before the event is queued; it should be quick and
    /// change nothing. Null means that the event is in order with no other. If it throws, the event becomes a dead letter
    /// <see cref="DeadLetterReason.FilterFailed"/> of this subscription, and no other notices.
    /// </param>
    /// <param name="afterDeadLetter">What becomes of a key's later events when one of them has become a dead letter.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    /// <remarks>
    /// <para>
    /// An event waits until the one before it with the same key has ended: through all its retries, until it has succeeded or is a dead
    /// letter. Other keys go on meanwhile, up to <see cref="QueueOptions.MaxConcurrency"/> at once, and take turns: a key with a long
    /// backlog does not hold up the others. All that wait count towards <see cref="QueueOptions.Capacity"/>.
    /// </para>
    /// <para>
    /// A key of which nothing waits or runs leaves nothing behind in memory. Called more than once, or together with <see cref="InOrder"/>, the
    /// last call counts.
    /// </para>
    /// </remarks>
    public SubscriptionBuilder<TEvent> OrderBy<TKey>(
        Func<TEvent, TKey> key, AfterDeadLetter afterDeadLetter = AfterDeadLetter.Continue)
    {
        ArgumentNullException.ThrowIfNull(key);
        _definition.AfterDeadLetter = afterDeadLetter;
        _definition.OrderKey = @event => key((TEvent)@event);
        return this;
    }

    /// <summary>Handles all events strictly one after the other, in the order in which they were accepted, also through retries.</summary>
    /// <param name="afterDeadLetter">What becomes of the later events when one has become a dead letter.</param>
    /// <returns>This builder.</returns>
    /// <remarks>As <see cref="OrderBy{TKey}(Func{TEvent, TKey}, AfterDeadLetter)"/> with one key for all: while one event waits for its retry, so do all behind it.</remarks>
    public SubscriptionBuilder<TEvent> InOrder(AfterDeadLetter afterDeadLetter = AfterDeadLetter.Continue)
    {
        _definition.AfterDeadLetter = afterDeadLetter;
        _definition.OrderKey = static _ => "";
        return this;
    }

    /// <summary>Lets keys take turns, so that one with a long backlog does not lengthen the wait of the others.</summary>
    /// <typeparam name="TKey">The key's type: compared by its <see cref="object.Equals(object)"/>, as in a dictionary.</typeparam>
    /// <param name="key">
    /// Finds an event's key, such as its tenant; as in <see cref="OrderBy{TKey}(Func{TEvent, TKey}, AfterDeadLetter)"/>. Null means that the event takes a turn of its own.
    /// </param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    /// <remarks>
    /// Each key with events that wait gets one of them handled in turn. Of one key they start in the order in which they were accepted,
    /// and may overlap. All that wait count towards <see cref="QueueOptions.Capacity"/>, whosever they are.
    /// </remarks>
    public SubscriptionBuilder<TEvent> FairBy<TKey>(Func<TEvent, TKey> key)
    {
        ArgumentNullException.ThrowIfNull(key);
        _definition.FairKey = @event => key((TEvent)@event);
        return this;
    }

    /// <summary>Shares a limit with other subscriptions: of all in the group together, only so many handlers run at once.</summary>
    /// <param name="name">The group, such as the system that all of them call. Upper and lower case are the same.</param>
    /// <param name="maxConcurrency">1 or more, and the same number for all in the group.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <remarks>
    /// Each attempt, retries too, waits for its place before it begins, in the order of coming; its timeout does not run meanwhile.
    /// While it waits it holds its place in the subscription's own <see cref="QueueOptions.MaxConcurrency"/> and counts as running. The
    /// publisher of an inline subscription waits with it.
    /// </remarks>
    public SubscriptionBuilder<TEvent> LimitGroup(string name, int maxConcurrency)
    {
        ArgumentNullException.ThrowIfNull(name);
        _definition.LimitGroup = (name, maxConcurrency);
        return this;
    }

    /// <summary>Lets a rate limiter say when each attempt may begin.</summary>
    /// <param name="limiter">
    /// The limiter, such as a <see cref="TokenBucketRateLimiter"/>. The caller owns it and disposes it after the bus; several subscriptions
    /// may share it. Several calls add up: all limiters must let an attempt in.
    /// </param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="limiter"/> is null.</exception>
    /// <remarks>
    /// As with <see cref="LimitGroup"/>, each attempt waits before it begins, and nothing is refused: a limiter that queues nobody is asked
    /// again when it says so (<see cref="MetadataName.RetryAfter"/>), or after 100 milliseconds.
    /// </remarks>
    public SubscriptionBuilder<TEvent> RateLimit(RateLimiter limiter)
    {
        ArgumentNullException.ThrowIfNull(limiter);
        _definition.RateLimiters.Add(limiter);
        return this;
    }

    /// <summary>Runs the handler in the publisher's own flow, without a queue: the publish ends when the handler has ended.</summary>
    /// <param name="failure">Whether the publisher sees the handler's failure. By default it does not.</param>
    /// <returns>This builder.</returns>
    public SubscriptionBuilder<TEvent> Inline(InlineFailure failure = InlineFailure.Isolate)
    {
        _definition.IsInline = true;
        _definition.InlineFailure = failure;
        return this;
    }

    /// <summary>Handles each event id once: an event that was handled already ends well without its handler.</summary>
    /// <param name="timeToLive">Above zero: how long the id of a handled event is remembered. Null, the default, is one hour.</param>
    /// <returns>This builder.</returns>
    /// <remarks>As <see cref="Idempotent{TKey}"/>, with <see cref="EventMetadata.EventId"/> as the key: against an event that is published or
    /// redriven twice under one id.</remarks>
    public SubscriptionBuilder<TEvent> Idempotent(TimeSpan? timeToLive = null) => Idempotent(KeyRule.ByEventId(), timeToLive);

    /// <summary>Handles each key once: while a key is done, further events of that key end well without the handler.</summary>
    /// <typeparam name="TKey">The key's type. Its equality decides, so take a string, a number, a record of such; no array.</typeparam>
    /// <param name="key">
    /// What tells events apart that mean different work, such as the order's number. Called from many threads at once, before the first attempt;
    /// it should be quick and change nothing. Throwing or returning null is a failed attempt: the event is retried, and in the end a dead letter.
    /// </param>
    /// <param name="timeToLive">
    /// Above zero: how long a key is remembered after its handler succeeded. Null, the default, is one hour. Each key is kept in memory for
    /// this long, and ends with the process.
    /// </param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    /// <remarks>
    /// <para>
    /// While an event of the key is in progress, its retries included, others of the key wait in their order and hold no worker; the publisher of
    /// an inline subscription waits with them, unless it is a handler itself. If the first succeeds they are skipped, counted as
    /// <see cref="Diagnostics.DeliveryCounts.Duplicates"/>. If it becomes a dead letter the next one runs.
    /// </para>
    /// <para>
    /// A handler that is abandoned after its timeout frees its key with its dead letter, and may still be running when the next one begins. Only
    /// a handler that heeds its token never overlaps with another of its key.
    /// </para>
    /// </remarks>
    public SubscriptionBuilder<TEvent> Idempotent<TKey>(Func<TEvent, TKey> key, TimeSpan? timeToLive = null)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(key);
        return Idempotent(KeyRule.By(key), timeToLive);
    }

    /// <summary>Lets the subscription take events at any depth of a chain of handlers. Mind the endless loop.</summary>
    /// <returns>This builder.</returns>
    public SubscriptionBuilder<TEvent> AllowRecursion()
    {
        _definition.AllowsRecursion = true;
        return this;
    }

    /// <summary>Publishes a <see cref="DeliverySucceeded{TEvent}"/> for each delivery that succeeds.</summary>
    /// <returns>This builder.</returns>
    /// <remarks>As with <see cref="OnSuccess{TOutcome}"/>, which maps it to an event of the application's own.</remarks>
    public SubscriptionBuilder<TEvent> OnSuccess() => OnSuccess(static outcome => outcome);

    /// <summary>Publishes an event of the application's own for each delivery that succeeds.</summary>
    /// <typeparam name="TOutcome">The type of that event.</typeparam>
    /// <param name="map">
    /// Makes the event. Called once for each success, from many threads at once. What it throws is logged (2020), and changes nothing
    /// about the delivery.
    /// </param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="map"/> is null.</exception>
    /// <remarks>
    /// The event is published as if by the handler: correlation and causation flow, it stands one hop further down the chain, and a full
    /// queue does not hold it up. The delivery counts as ended when the publish has ended. Once the bus has stopped it is skipped,
    /// with a log message (2021). Each further call publishes one event more.
    /// </remarks>
    public SubscriptionBuilder<TEvent> OnSuccess<TOutcome>(Func<DeliverySucceeded<TEvent>, TOutcome> map)
        where TOutcome : notnull
    {
        ArgumentNullException.ThrowIfNull(map);
        _definition.Outcomes = Outcomes.WithSuccess(map);
        return this;
    }

    /// <summary>Publishes a <see cref="DeliveryFailed{TEvent}"/> for each delivery that is given up, when its dead letter is written.</summary>
    /// <returns>This builder.</returns>
    /// <remarks>As with <see cref="OnFailure{TOutcome}"/>, which maps it to an event of the application's own.</remarks>
    public SubscriptionBuilder<TEvent> OnFailure() => OnFailure(static outcome => outcome);

    /// <summary>Publishes an event of the application's own for each delivery that is given up, when its dead letter is written.</summary>
    /// <typeparam name="TOutcome">The type of that event.</typeparam>
    /// <param name="map">
    /// Makes the event. Called once for each dead letter, from many threads at once. What it throws is logged (2020), and changes nothing
    /// about the letter.
    /// </param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="map"/> is null.</exception>
    /// <remarks>
    /// As with <see cref="OnSuccess{TOutcome}"/>. A letter that is redriven and fails again is published again, as it is another letter.
    /// Nothing is published of letters <see cref="DeadLetterReason.RecursionLimit"/>, which end a chain, nor of those
    /// <see cref="DeadLetterReason.Shutdown"/>, for the bus takes no more events then.
    /// </remarks>
    public SubscriptionBuilder<TEvent> OnFailure<TOutcome>(Func<DeliveryFailed<TEvent>, TOutcome> map)
        where TOutcome : notnull
    {
        ArgumentNullException.ThrowIfNull(map);
        _definition.Outcomes = Outcomes.WithFailure(map);
        return this;
    }

    /// <summary>Runs every attempt inside a Polly pipeline of your own: circuit breaker, hedging, rate limiter, and so on.</summary>
    /// <param name="configure">Builds the pipeline. Called once, when the bus is built. The builder has the bus's clock.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="configure"/> is null.</exception>
    /// <remarks>
    /// Each time the pipeline calls, the handler gets a fresh scope and the next attempt number. The pipeline holds its place in the
    /// queue while it waits. The bus itself then retries only if <see cref="Retry(Action{RetryOptions})"/> is called too: around the
    /// pipeline, and holding no place while waiting.
    /// </remarks>
    public SubscriptionBuilder<TEvent> Resilience(Action<ResiliencePipelineBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        _definition.Resilience = configure;
        return this;
    }

    private SubscriptionBuilder<TEvent> Idempotent(KeyRule rule, TimeSpan? timeToLive)
    {
        _definition.Idempotency = rule with { TimeToLive = timeToLive ?? rule.TimeToLive };
        return this;
    }
}
