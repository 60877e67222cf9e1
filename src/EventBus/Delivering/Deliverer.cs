using System.Diagnostics;
using EventBus.DeadLettering;
using EventBus.Delivering.Keys;
using EventBus.Diagnostics;

namespace EventBus.Delivering;

/// <summary>Carries the deliveries of one subscription to their end: attempts, retries, success or dead letter.</summary>
/// <remarks>Thread-safe. Nothing here throws what a handler threw.</remarks>
internal abstract class Deliverer : IDisposable
{
    private readonly DeliveryEnvironment _environment;
    private readonly RetryLoop? _retries;
    private readonly AttemptRunner _attempts;
    private readonly KeyedAttempts? _keyed;
    private readonly OutcomePublisher? _outcomes;

    protected Deliverer(string name, DeliverySettings settings, DeliveryEnvironment environment)
    {
        Name = name;
        Settings = settings;
        _environment = environment;
        Counters = new DeliveryCounters(environment.Active);
        Report = new DeliveryReport(name, environment.Telemetry);
        MakeAttempt = AttemptAsync;
        _attempts = new AttemptRunner(CallHandler, settings, environment, Counters, Report);
        _outcomes = settings.Outcomes is null ? null : new OutcomePublisher(settings.Outcomes, environment);
        if (settings.Idempotency is { } rule)
        {
            _keyed = new KeyedAttempts(_attempts, rule.Build(name, environment, Counters));
        }

        if (settings.Retry is { MaxRetryAttempts: > 0 } retry)
        {
            RetryClock clock = new(environment.Clock, environment.Alarms, Counters);
            _retries = new RetryLoop(retry, this, clock, environment.Jitter);
        }
    }

    public string Name { get; }

    public DeliverySettings Settings { get; }

    public DeliveryCounters Counters { get; }

    public DeliveryReport Report { get; }

    /// <summary><see cref="AttemptAsync"/>, for those who pass it on with each delivery.</summary>
    public Func<Delivery, ValueTask<AttemptResult>> MakeAttempt { get; }

    public AttemptWatch Watch => _attempts.Watch;

    public Telemetry Telemetry => _environment.Telemetry;

    public TimeProvider Clock => _environment.Clock;

    public AlarmClock Alarms => _environment.Alarms;

    /// <summary>Whether nothing but the handler stands between an inline publish and its end.</summary>
    public bool IsPlain => _attempts.IsPlain;

    /// <summary>Whether a handler may be called with nothing in between just now: nobody watches, and the bus goes on.</summary>
    public bool MayRunPlain => IsPlain && !Telemetry.IsWatched && !_environment.Stopped.IsCancellationRequested;

    /// <summary>Whether the handler may go on after it was called, as far as that can be seen.</summary>
    public abstract bool HandlerMayWait { get; }

    /// <summary>A first attempt for whoever calls the handler itself.</summary>
    public Attempt NewAttempt(Envelope envelope) => new(envelope, Name, number: 1, Watch);

    /// <summary>Makes the attempt that a delivery is due, and settles it or starts its retries.</summary>
    /// <param name="delivery">An accepted delivery, counted as running.</param>
    /// <param name="resume">Makes a later attempt, once there is a place for it.</param>
    /// <returns>
    /// A task that ends when the place is free again: the delivery is settled or, where it is queued, waits for its retry or for
    /// another of its key. An inline one holds no place, and its publisher waits to the end; but not inside a handler for another of
    /// its key, which may be that handler's own.
    /// </returns>
    public ValueTask RunAsync(Delivery delivery, Func<Delivery, ValueTask<AttemptResult>> resume)
    {
        TaskCompletionSource<AttemptResult>? resumption = delivery.Resumption;
        delivery.Resumption = null;
        bool isWaiting = false;
        ValueTask running = EndAttemptAsync(
            _keyed is null ? AttemptAsync(delivery) : _keyed.RunAsync(delivery, resume, out isWaiting), resumption, resume);
        if (!isWaiting || (delivery.IsInline && AmbientAttempt.Current is null))
        {
            return running;
        }

        _ = RunApartAsync(delivery, running);
        return default;
    }

    /// <summary>Goes on with a delivery whose handler was called by somebody else, and which did not succeed.</summary>
    /// <param name="delivery">A delivery accepted just now, counted as running.</param>
    /// <param name="attempt">The attempt under way.</param>
    /// <param name="handling">What the handler returned or threw.</param>
    /// <param name="isAbandoned">Whether the caller has waited for it in vain.</param>
    /// <param name="resume">As in <see cref="RunAsync"/>.</param>
    public async ValueTask AdoptAsync(
        Delivery delivery, Attempt attempt, ValueTask handling, bool isAbandoned, Func<Delivery, ValueTask<AttemptResult>> resume)
    {
        delivery.NextAttempt();
        AttemptResult first = await _attempts.FinishAsync(delivery, attempt, handling, isAbandoned).ConfigureAwait(Continuation.Capture);
        await GoOnAsync(first, resume).ConfigureAwait(Continuation.Capture);
    }

    /// <summary>Makes one attempt, where the delivery is. Never throws.</summary>
    public ValueTask<AttemptResult> AttemptAsync(Delivery delivery) =>
        _keyed is null ? _attempts.RunAsync(delivery) : _keyed.RunAsync(delivery, _attempts.RunAsync, out _);

    /// <summary>Goes on with a delivery whose attempt somebody else has made: settles it, or starts or goes on with its retries.</summary>
    /// <returns>As in <see cref="RunAsync"/>.</returns>
    public ValueTask TakeAsync(AttemptResult result, Func<Delivery, ValueTask<AttemptResult>> resume)
    {
        if (result.Delivery.Resumption is not { } resumption)
        {
            return GoOnAsync(result, resume);
        }

        result.Delivery.Resumption = null;
        resumption.TrySetResult(result);
        return default;
    }

    /// <inheritdoc cref="AttemptRunner.FindHindrance"/>
    public FailureKind? FindHindrance(Delivery delivery) => _attempts.FindHindrance(delivery);

    /// <inheritdoc cref="AttemptRunner.Describe"/>
    public DeliveryFailure Describe(Exception exception, int attempt) => _attempts.Describe(exception, attempt);

    /// <inheritdoc cref="AttemptRunner.Classify"/>
    public FailureKind Classify(Delivery delivery, Exception exception) => _attempts.Classify(delivery, exception);

    /// <summary>Whether another attempt must follow.</summary>
    public bool MayRetry(AttemptResult result) => !result.IsSuccess && FindEnd(result) is null;

    /// <summary>Tells the world that a retry follows. The wait itself is counted by <see cref="RetryClock"/>.</summary>
    public void NoteRetry(AttemptResult failed, TimeSpan delay)
    {
        // A wait of less than a timer's millisecond is none, and no alarm counts it.
        if (delay < TimeSpan.FromMilliseconds(1))
        {
            Counters.RetriedAtOnce();
        }

        Report.Retrying(failed.Delivery, failed.Exception, delay);
    }

    /// <summary>Takes on a delivery that cannot be handled, as a dead letter: nothing that matched is dropped.</summary>
    public ValueTask RefuseAsync(Delivery delivery, DeadLetterReason reason, Exception? exception = null)
    {
        Counters.AcceptedToRun();
        Observe(DeliveryStage.Accepted, delivery);
        return GiveUpAsync(delivery, reason, exception);
    }

    /// <summary>Ends a delivery that is counted as running as a dead letter, unless it has ended already.</summary>
    /// <returns>A task that ends when the letter is safe.</returns>
    public ValueTask GiveUpAsync(Delivery delivery, DeadLetterReason reason, Exception? exception = null)
    {
        if (!delivery.TrySettle())
        {
            return default;
        }

        if (exception is not null && delivery.Attempts == 0)
        {
            _attempts.Note(delivery, exception);
        }

        return DeadLetterAsync(delivery, reason, exception);
    }

    /// <summary>Makes a delivery of a letter: a new one, that knows what went before.</summary>
    /// <param name="letter">The letter, taken out of its store.</param>
    /// <param name="isInline">Whether the caller waits for the handler.</param>
    /// <param name="publisherToken">The caller's, if it waits.</param>
    public Delivery Revive(DeadLetter letter, bool isInline, CancellationToken publisherToken)
    {
        var envelope = Envelope.Of(letter.Metadata, letter.Event);
        envelope.Origin = Activity.Current?.Context ?? default;
        Delivery delivery = new(envelope, this)
        {
            IsInline = isInline,
            PublisherToken = publisherToken,
            Redrives = letter.Redrives + 1,
            RedrivenLetter = letter.Id,
            AgeFrom = _environment.Clock.GetUtcNow(),
        };
        delivery.Note(letter.Failures);
        return delivery;
    }

    /// <summary>Tells the world that a letter's delivery was accepted again.</summary>
    public void NoteRedriven(Delivery delivery)
    {
        Counters.Redriven();
        Observe(DeliveryStage.Redriven, delivery);
    }

    /// <summary>Takes a letter out of its store; null where it is not there (any more).</summary>
    public ValueTask<DeadLetter?> TakeLetterAsync(Guid id) => _environment.DeadLetters.TryRemoveAsync(id, CancellationToken.None);

    /// <summary>Puts a letter back that was taken out for nothing.</summary>
    public ValueTask PutBackAsync(DeadLetter letter) => _environment.DeadLetters.PutBackAsync(letter);

    public void Observe(DeliveryStage stage, Delivery delivery) => Report.Observe(stage, delivery);

    public void Dispose()
    {
        Watch.Dispose();
        _keyed?.Dispose();
    }

    /// <summary>Calls the handler, and throws what it throws.</summary>
    public abstract ValueTask CallHandler(object @event, EventContext context, CancellationToken cancellationToken);

    private async ValueTask EndAttemptAsync(
        ValueTask<AttemptResult> attempt,
        TaskCompletionSource<AttemptResult>? resumption,
        Func<Delivery, ValueTask<AttemptResult>> resume)
    {
        AttemptResult result = await attempt.ConfigureAwait(Continuation.Capture);
        if (resumption is null)
        {
            await GoOnAsync(result, resume).ConfigureAwait(Continuation.Capture);
        }
        else
        {
            resumption.TrySetResult(result);
        }
    }

    // Of a delivery that has left its place: nobody else waits for it.
    private async Task RunApartAsync(Delivery delivery, ValueTask running)
    {
        try
        {
            await running.ConfigureAwait(Continuation.Capture);
        }
#pragma warning disable CA1031 // A logger or listener of the application's threw. The event must not be lost.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await GiveUpAsync(delivery, DeadLetterReason.RetriesExhausted, exception).ConfigureAwait(Continuation.Capture);
        }
    }

    private async ValueTask GoOnAsync(AttemptResult first, Func<Delivery, ValueTask<AttemptResult>> resume)
    {
        if (_retries is null || !MayRetry(first))
        {
            await SettleAsync(first).ConfigureAwait(Continuation.Capture);
            return;
        }

        Task retrying = RetryAsync(first, resume);
        if (first.Delivery.IsInline)
        {
            await retrying.ConfigureAwait(Continuation.Capture);
        }
    }

    /// <summary>Why a failed delivery must be given up; null after a success, and where another attempt may follow.</summary>
    private DeadLetterReason? FindEnd(AttemptResult result) => result.Failure is { } failure
        ? RetryDecision.Decide(Settings, failure, result.Exception, result.Delivery.Retries)
        : null;

    private async Task RetryAsync(AttemptResult first, Func<Delivery, ValueTask<AttemptResult>> resume)
    {
        Delivery delivery = first.Delivery;
        AttemptResult last;
        using CancellationTokenSource? linked = delivery.PublisherToken.CanBeCanceled
            ? CancellationTokenSource.CreateLinkedTokenSource(_environment.Stopped, delivery.PublisherToken)
            : null;
        try
        {
            last = await _retries!.RunAsync(first, resume, linked?.Token ?? _environment.Stopped)
                .ConfigureAwait(Continuation.Capture);
        }
        catch (OperationCanceledException)
        {
            // Only the wait throws, and only because it was ended.
            FailureKind kind = _environment.Stopped.IsCancellationRequested ? FailureKind.Stopped : FailureKind.PublishCancelled;
            last = new AttemptResult(delivery, kind, null);
        }
#pragma warning disable CA1031 // Nobody awaits this flow but the delivery itself: what it does not settle would be pending for ever.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            last = new AttemptResult(delivery, FailureKind.Thrown, exception);
        }

        await SettleAsync(last).ConfigureAwait(Continuation.Capture);
    }

    private ValueTask SettleAsync(AttemptResult result)
    {
        Delivery delivery = result.Delivery;
        if (!delivery.TrySettle())
        {
            // The bus stopped without waiting any longer and has settled it.
            return default;
        }

        if (!result.IsSuccess)
        {
            return DeadLetterAsync(delivery, FindEnd(result) ?? DeadLetterReason.RetriesExhausted, result.Exception);
        }

        if (_outcomes is not null && !result.IsDuplicate)
        {
            return SucceedAsync(result, _outcomes);
        }

        Succeed(result);
        return default;
    }

    private void Succeed(AttemptResult result)
    {
        Delivery delivery = result.Delivery;
        try
        {
            _keyed?.Leave(delivery, succeeded: true);
            ReportSuccess(result);
        }
        finally
        {
            delivery.Lane?.Leave(letter: null);
            Counters.Succeeded();
        }
    }

    // Counted last: who waits for the bus to settle waits for what follows from it, too.
    private async ValueTask SucceedAsync(AttemptResult result, OutcomePublisher outcomes)
    {
        try
        {
            await outcomes.SucceededAsync(result.Delivery).ConfigureAwait(Continuation.Capture);
        }
        finally
        {
            Succeed(result);
        }
    }

    private async ValueTask DeadLetterAsync(Delivery delivery, DeadLetterReason reason, Exception? exception)
    {
        EventMetadata metadata = delivery.Envelope.Metadata;
        DeadLetter letter = new()
        {
            Id = TimeOrderedId.Create(_environment.Clock.GetUtcNow()),
            Event = delivery.Envelope.Event!,
            Metadata = metadata,
            Subscription = Name,
            Reason = reason,
            Attempts = delivery.Attempts,
            Failures = delivery.Failures,
            DeadLetteredAt = _environment.Clock.GetUtcNow(),
            Redrives = delivery.Redrives,
            OrderKey = delivery.Lane?.Key?.ToString(),
        };
        // The letter's span belongs below the delivery's, which lives on other threads than this one. A sink that publishes does
        // so in the place of the handler: it must not wait for room that only its own worker could make.
        Activity? outer = Activity.Current;
        Activity.Current = delivery.Activity ?? outer;
        AmbientAttempt.Set(new Attempt(delivery.Envelope, Name, delivery.Attempts));
        delivery.FinalFailure = exception ?? new InvalidOperationException(
            $"'{Name}' could not handle {metadata.TypeName} {metadata.EventId}: {reason}. It is dead letter {letter.Id}.");
        try
        {
            await _environment.DeadLetters.WriteAsync(letter).ConfigureAwait(Continuation.Capture);
            if (_outcomes is not null)
            {
                await _outcomes.FailedAsync(delivery, letter).ConfigureAwait(Continuation.Capture);
            }

            Activity.Current = outer;
            Report.Failed(delivery, exception);
            Report.DeadLettered(delivery, reason, exception);
        }
        finally
        {
            delivery.Lane?.Leave(letter);
            _keyed?.Leave(delivery, succeeded: false);
            Counters.DeadLettered();
        }
    }

    private void ReportSuccess(AttemptResult result)
    {
        if (result.IsDuplicate)
        {
            Counters.Duplicate();
            Report.Skipped(result.Delivery);
        }
        else
        {
            Report.Succeeded(result.Delivery);
        }
    }
}
