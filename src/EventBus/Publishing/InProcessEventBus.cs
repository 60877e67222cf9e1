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
        Control = new SubscriptionControl(parts.Catalog, parts.Gate);
        _patterns = new PatternReload(parts);
        parts.Environment.Bus = this;
    }

    public TopicMap Topics => _topics;

    public IDeadLetters DeadLetters { get; }

    public BusLifetime Lifetime { get; }

    public IEventBusMonitor Monitor { get; }

    public ISubscriptionControl Control { get; }

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

    public ValueTask<bool> CancelDelayedAsync(Guid eventId, CancellationToken cancellationToken) => cancellationToken.IsCancellationRequested
        ? ValueTask.FromCanceled<bool>(cancellationToken)
        : new ValueTask<bool>(_parts.Delays.Cancel(eventId));

    /// <summary>Lets the schedules begin: the application has started.</summary>
    public void StartSchedules() => _parts.Schedules.Start(this);

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
            await RedriveAsync(letter, subscription, insideHandler, cancellationToken).ConfigureAwait(Continuation.Capture);
        }
        finally
        {
            PublishGate.Leave(ticket);
        }
    }

    public async ValueTask<bool> LeaveToItsKeyAsync(DeadLetter letter)
    {
        if (FindLiving(letter.Subscription) is not { } subscription)
        {
            return false;
        }

        Delivery delivery = subscription.Deliverer.Revive(letter, isInline: false, CancellationToken.None);
        subscription.Dispatcher.FindKey(delivery);
        if (!subscription.Dispatcher.IsParked(delivery.Key))
        {
            return false;
        }

        Guid? first = subscription.Dispatcher.FirstLetterOf(delivery.Key);
        if (first is not { } gone
            || await DeadLetters.FindAsync(gone).ConfigureAwait(Continuation.Capture) is not null
            || _parts.Environment.DeadLetters.IsInHand(gone))
        {
            throw Parked(letter, delivery.Key, first);
        }

        // Pushed out of a full store: nobody can redrive it any more. Those behind it, this one among them, follow in their order.
        subscription.Dispatcher.Forget(gone);
        return true;
    }

    public void NoteDiscarded(DeadLetter letter) => FindLiving(letter.Subscription)?.Dispatcher.Forget(letter.Id);

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
        DeadLetter letter, Subscription subscription, bool insideHandler, CancellationToken cancellationToken)
    {
        Deliverer deliverer = subscription.Deliverer;
        Delivery delivery = deliverer.Revive(
            letter, subscription.IsInline, subscription.IsInline ? cancellationToken : CancellationToken.None);
        subscription.Dispatcher.FindKey(delivery);
        DispatchOutcome outcome = await subscription.Dispatcher.DispatchAsync(delivery, insideHandler, cancellationToken)
            .ConfigureAwait(Continuation.Capture);
        switch (outcome)
        {
            case DispatchOutcome.Accepted:
                deliverer.NoteRedriven(delivery);
                break;
            case DispatchOutcome.Cancelled:
                throw new OperationCanceledException(
                    $"The redrive of letter {letter.Id} was cancelled while it waited for room. The letter stays.", cancellationToken);
            case DispatchOutcome.Closed:
                throw new EventBusStoppedException($"The redrive of letter {letter.Id}");
            case DispatchOutcome.Paused:
                throw new InvalidOperationException(
                    $"Letter {letter.Id} cannot be redriven: '{subscription.Name}' is paused, and what comes to it becomes a dead letter. " +
                    $"Write control.Resume(\"{subscription.Name}\") first.");
            case DispatchOutcome.Parked:
                throw Parked(letter, delivery.Key, subscription.Dispatcher.FirstLetterOf(delivery.Key));
            default:
                throw new QueueFullException([subscription.Name]);
        }
    }

    private static InvalidOperationException Parked(DeadLetter letter, object? key, Guid? first) => new(
        $"Letter {letter.Id} of '{letter.Subscription}' stands behind an earlier event of its key '{key}', and the events of a key are " +
        "handled in their order. " +
        (first is null
            ? "The earlier ones are being redriven, and it follows by itself."
            : $"Redrive or discard letter {first}: those behind it then follow by themselves."));
}
