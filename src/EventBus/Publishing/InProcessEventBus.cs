using System.Diagnostics;
using EventBus.DeadLettering;
using EventBus.Delivering;
using EventBus.Diagnostics;
using EventBus.Dispatching;
using EventBus.Subscriptions;

namespace EventBus.Publishing;

/// <summary>The bus.</summary>
internal sealed class InProcessEventBus : IEventBus, IRedriver, ILateReplyCount, IAsyncDisposable, IDisposable
{
    private readonly BusParts _parts;
    private readonly PatternReload _patterns;
    private readonly TopicMap _topics;

    public InProcessEventBus(BusParts parts)
    {
        _parts = parts;
        _topics = parts.Topics;
        DeadLetters = new DeadLetterDesk(parts.Environment.DeadLetters, this, parts.Environment.Clock, parts.Environment.Telemetry);
        Lifetime = new BusLifetime(parts);
        Monitor = new BusMonitor(parts, Lifetime);
        _patterns = new PatternReload(parts);
        parts.Environment.Bus = this;
    }

    public TopicMap Topics => _topics;

    public IDeadLetters DeadLetters { get; }

    public BusLifetime Lifetime { get; }

    public IEventBusMonitor Monitor { get; }

    public bool IsStopped => _parts.Gate.IsClosed;

    public TimeProvider Clock => _parts.Environment.Clock;

    public CancellationToken Stopped => Lifetime.Stopped;

    public void ReplyCameLate(string typeName) => _parts.Environment.Telemetry.ReplyCameLate(typeName);

    public ValueTask PublishAsync<TEvent>(TEvent @event, CancellationToken cancellationToken)
        where TEvent : notnull =>
        _topics.Get<TEvent>().PublishAsync(@event, cancellationToken);

    public ValueTask PublishAsync<TEvent>(TEvent @event, PublishOptions options, CancellationToken cancellationToken)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(options);
        return _topics.Get<TEvent>().PublishAsync(@event, options, cancellationToken);
    }

    public EventExplanation Explain<TEvent>(TEvent @event)
        where TEvent : notnull =>
        _topics.Get<TEvent>().Explain(@event);

    public IEventSubscription Subscribe<TEvent>(
        string name,
        Func<TEvent, EventContext, CancellationToken, ValueTask> handler,
        Action<SubscriptionBuilder<TEvent>>? configure)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(handler);
        if (IsStopped && (Stopped.IsCancellationRequested || AmbientAttempt.Current is null))
        {
            throw new EventBusStoppedException($"The subscription '{name}'");
        }

        SubscriptionDefinition<TEvent> definition = new(name, _ => handler);
        configure?.Invoke(new SubscriptionBuilder<TEvent>(definition));
        Subscription subscription = _parts.Build(definition);
        _parts.Topics.Add(subscription);

        // The configuration may have changed since it was read.
        _patterns.Reload(subscription);
        return new RuntimeSubscription(_parts, subscription);
    }

    public async ValueTask RedriveAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        bool insideHandler = AmbientAttempt.Current is not null;
        if (!_parts.Gate.TryEnter(insideHandler, out ActiveWork ticket))
        {
            throw new EventBusStoppedException($"The redrive of letter {letter.Id}");
        }

        try
        {
            Subscription subscription = FindLiving(letter.Subscription) ?? throw new InvalidOperationException(
                $"Letter {letter.Id} belongs to '{letter.Subscription}', and no subscription has that name. " +
                "A letter is redriven to the subscription that failed. " +
                $"Subscribe under that name again, or discard the letter. Known are: {Names()}.");
            await RedriveAsync(letter, subscription, _parts.Environment.Clock, insideHandler, cancellationToken).ConfigureAwait(Continuation.Capture);
        }
        finally
        {
            PublishGate.Leave(ticket);
        }
    }

    public void ThrowIfStopped()
    {
        if (IsStopped)
        {
            throw new EventBusStoppedException("The redrive");
        }
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource deadline = new(TimerSpan.Cap(_parts.Options.DrainTimeout), _parts.Environment.Clock);
        await Lifetime.StopAsync(deadline.Token).ConfigureAwait(Continuation.Capture);
        _patterns.Dispose();
        _parts.Dispose();
    }

    public void Dispose()
    {
        // Nobody may be waited for here: what is left becomes dead letters at once.
        Lifetime.Abort();
        _patterns.Dispose();
        _parts.Dispose();
    }

    // One that ends takes nothing more, redriven letters included.
    private Subscription? FindLiving(string name) =>
        _parts.Catalog.Find(name) is { IsEnding: false } subscription ? subscription : null;

    private string Names() => string.Join(", ", _parts.Catalog.All.Select(static each => each.Name));

    private static async ValueTask RedriveAsync(
        DeadLetter letter,
        Subscription subscription,
        TimeProvider clock,
        bool insideHandler,
        CancellationToken cancellationToken)
    {
        var envelope = Envelope.Of(letter.Metadata, letter.Event);
        envelope.Origin = Activity.Current?.Context ?? default;
        Delivery delivery = new(envelope, subscription.Deliverer)
        {
            IsInline = subscription.IsInline,
            PublisherToken = subscription.IsInline ? cancellationToken : default,
            Redrives = letter.Redrives + 1,
            AgeFrom = clock.GetUtcNow(),
        };
        delivery.Note(letter.Failures);
        DispatchOutcome outcome = await subscription.Dispatcher.DispatchAsync(delivery, insideHandler, cancellationToken)
            .ConfigureAwait(Continuation.Capture);
        switch (outcome)
        {
            case DispatchOutcome.Accepted:
                subscription.Counters.Redriven();
                subscription.Deliverer.Observe(DeliveryStage.Redriven, delivery);
                break;
            case DispatchOutcome.Cancelled:
                throw new OperationCanceledException(
                    $"The redrive of letter {letter.Id} was cancelled while it waited for room. The letter stays.", cancellationToken);
            case DispatchOutcome.Closed:
                throw new EventBusStoppedException($"The redrive of letter {letter.Id}");
            default:
                throw new QueueFullException([subscription.Name]);
        }
    }
}
