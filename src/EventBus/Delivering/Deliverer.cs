using System.Diagnostics;
using EventBus.DeadLettering;
using EventBus.Diagnostics;
using Microsoft.Extensions.Logging;
using Polly;

namespace EventBus.Delivering;

/// <summary>Carries the deliveries of one subscription to their end: attempts, retries, success or dead letter.</summary>
/// <remarks>Thread-safe. Nothing here throws what a handler threw.</remarks>
internal abstract class Deliverer : IDisposable
{
    private readonly DeliveryEnvironment _environment;
    private readonly RetryLoop? _retries;
    private readonly ResiliencePipeline? _pipeline;

    protected Deliverer(string name, DeliverySettings settings, DeliveryEnvironment environment)
    {
        Name = name;
        Settings = settings;
        _environment = environment;
        Counters = new DeliveryCounters(environment.Active);
        Watch = new AttemptWatch(environment.Clock, settings.Timeout, environment.AbandonAfter);
        if (settings.Retry is { MaxRetryAttempts: > 0 } retry)
        {
            RetryClock clock = new(environment.Clock, environment.Alarms, Counters);
            _retries = new RetryLoop(retry, this, clock, environment.Jitter);
        }

        if (settings.Resilience is not null)
        {
            ResiliencePipelineBuilder builder = new() { Name = name, TimeProvider = environment.Clock };
            settings.Resilience(builder);
            _pipeline = builder.Build();
        }
    }

    public string Name { get; }

    public DeliverySettings Settings { get; }

    public DeliveryCounters Counters { get; }

    public AttemptWatch Watch { get; }

    public Telemetry Telemetry => _environment.Telemetry;

    /// <summary>Whether nothing but the handler stands between an inline publish and its end.</summary>
    public bool IsPlain => _pipeline is null && !Settings.IsTimeoutChosen && Settings.MaxAge is null;

    /// <summary>Makes the attempt that a delivery is due, and settles it or starts its retries.</summary>
    /// <param name="delivery">An accepted delivery, counted as running.</param>
    /// <param name="resume">Makes a later attempt, once there is a place for it.</param>
    /// <returns>
    /// A task that ends when the place is free again: the delivery is settled or, where it is queued, waits for its retry. An
    /// inline one holds no place, and its publisher waits to the end.
    /// </returns>
    public async ValueTask RunAsync(Delivery delivery, Func<Delivery, ValueTask<AttemptResult>> resume)
    {
        if (delivery.Resumption is { } resumption)
        {
            delivery.Resumption = null;
            resumption.TrySetResult(await AttemptAsync(delivery).ConfigureAwait(Continuation.Capture));
            return;
        }

        AttemptResult first = await AttemptAsync(delivery).ConfigureAwait(Continuation.Capture);
        await GoOnAsync(first, resume).ConfigureAwait(Continuation.Capture);
    }

    /// <summary>Goes on with an inline delivery whose handler the publisher has called itself, and which did not succeed at once.</summary>
    /// <param name="delivery">A delivery accepted just now, counted as running.</param>
    /// <param name="attempt">The attempt under way.</param>
    /// <param name="handling">What the handler returned or threw.</param>
    public async ValueTask AdoptAsync(Delivery delivery, Attempt attempt, ValueTask handling)
    {
        delivery.NextAttempt();
        AttemptResult first;
        try
        {
            await AwaitHandlerAsync(delivery, attempt, handling).ConfigureAwait(Continuation.Capture);
            first = new AttemptResult(delivery, null, null);
        }
#pragma warning disable CA1031 // The boundary of a delivery: whatever a handler throws ends here, as data.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            first = new AttemptResult(delivery, Classify(delivery, exception), exception);
        }

        await GoOnAsync(first, AttemptAsync).ConfigureAwait(Continuation.Capture);
    }

    /// <summary>Makes one attempt. Never throws.</summary>
    public async ValueTask<AttemptResult> AttemptAsync(Delivery delivery)
    {
        if (FindHindrance(delivery) is { } hindrance)
        {
            return new AttemptResult(delivery, hindrance, null);
        }

        StartSpan(delivery);
        try
        {
            if (_pipeline is null)
            {
                await InvokeOnceAsync(delivery, delivery.PublisherToken).ConfigureAwait(Continuation.Capture);
            }
            else
            {
                await InvokeThroughPipelineAsync(_pipeline, delivery).ConfigureAwait(Continuation.Capture);
            }

            return new AttemptResult(delivery, null, null);
        }
#pragma warning disable CA1031 // The boundary of a delivery: whatever a handler throws ends here, as data.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Note(delivery, exception);
            return new AttemptResult(delivery, Classify(delivery, exception), exception);
        }
    }

    /// <summary>Whether another attempt must follow.</summary>
    public bool MayRetry(AttemptResult result) => !result.IsSuccess && FindEnd(result) is null;

    /// <summary>Tells the world that a retry follows. The wait itself is counted by <see cref="RetryClock"/>.</summary>
    public void NoteRetry(AttemptResult failed, TimeSpan delay)
    {
        EventMetadata metadata = failed.Delivery.Envelope.Metadata;
        if (delay <= TimeSpan.Zero)
        {
            Counters.RetriedAtOnce();
        }

        Log.HandlerRetrying(
            Telemetry.Logger, failed.Exception, Name, metadata.TypeName, metadata.EventId, failed.Delivery.Attempts, delay);
        Observe(DeliveryStage.Retrying, failed.Delivery, failed.Exception);
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
            Note(delivery, exception);
        }

        return DeadLetterAsync(delivery, reason, exception);
    }

    public void Observe(DeliveryStage stage, Delivery delivery, Exception? exception = null, DeadLetterReason? reason = null)
    {
        if (Telemetry.HasObservers)
        {
            Telemetry.Observe(
                stage, delivery.Envelope.Event!, delivery.Envelope.Metadata, Name, delivery.Attempts, exception, reason);
        }
    }

    public void Dispose() => Watch.Dispose();

    /// <summary>Calls the handler.</summary>
    protected abstract ValueTask InvokeAsync(object @event, EventContext context, CancellationToken cancellationToken);

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

    private FailureKind? FindHindrance(Delivery delivery)
    {
        if (_environment.Stopped.IsCancellationRequested)
        {
            return FailureKind.Stopped;
        }

        if (delivery.PublisherToken.IsCancellationRequested)
        {
            return FailureKind.PublishCancelled;
        }

        bool isTooOld = Settings.MaxAge is { } maxAge
            && _environment.Clock.GetUtcNow() - delivery.AgeFrom >= maxAge;
        return isTooOld ? FailureKind.Expired : null;
    }

    private async ValueTask InvokeThroughPipelineAsync(ResiliencePipeline pipeline, Delivery delivery)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_environment.Stopped, delivery.PublisherToken);
        ResilienceContext context = ResilienceContextPool.Shared.Get(Continuation.Capture, ending.Token);
        try
        {
            await pipeline.ExecuteAsync(
                static (context, state) => state.Deliverer.InvokeOnceAsync(state.Delivery, context.CancellationToken),
                context,
                (Deliverer: this, Delivery: delivery)).ConfigureAwait(Continuation.Capture);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private async ValueTask InvokeOnceAsync(Delivery delivery, CancellationToken outer)
    {
        Attempt attempt = new(delivery.Envelope, Name, delivery.NextAttempt(), Watch);
        AmbientAttempt.Set(attempt);
        if (delivery.Activity is not null)
        {
            Activity.Current = delivery.Activity;
        }

        using CancellationTokenRegistration link = outer.UnsafeRegister(static state => ((Attempt)state!).Cancel(), attempt);
        if (Settings.IsTimeoutChosen)
        {
            Watch.Add(attempt);
        }

        HandlerStarted(delivery, attempt);
        await AwaitHandlerAsync(delivery, attempt, CallHandler(delivery, attempt)).ConfigureAwait(Continuation.Capture);
    }

    private ValueTask CallHandler(Delivery delivery, Attempt attempt)
    {
        try
        {
            return Settings.IsTimeoutChosen && !delivery.IsInline
                ? InvokeOnFreshStackAsync(delivery, attempt)
                : InvokeAsync(delivery.Envelope.Event!, new EventContext(attempt), attempt.Token);
        }
#pragma warning disable CA1031 // A handler may throw before it returns its task; both ways of failing are one from here on.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return ValueTask.FromException(exception);
        }
    }

    private async ValueTask AwaitHandlerAsync(Delivery delivery, Attempt attempt, ValueTask handling)
    {
        try
        {
            if (handling.IsCompleted)
            {
                await handling.ConfigureAwait(Continuation.Capture);
            }
            else
            {
                await AwaitOrAbandonAsync(delivery, attempt, handling.AsTask()).ConfigureAwait(Continuation.Capture);
            }
        }
        catch (Exception exception) when (attempt.IsTimedOut && !FailureMark.Has(exception))
        {
            TimeoutException timeout = new(
                $"The handler of '{Name}' was stopped by its timeout of {Settings.Timeout}.", exception);
            Note(delivery, timeout);
            throw FailureMark.Put(FailureKind.TimedOut, timeout);
        }
        catch (Exception exception)
        {
            Note(delivery, exception);
            if (attempt.IsStopped && !FailureMark.Has(exception))
            {
                FailureMark.Put(FailureKind.Stopped, exception);
            }

            throw;
        }
        finally
        {
            attempt.End();
            Telemetry.HandlerEnded(delivery.Envelope.TypeName, Name);
        }
    }

    // A handler that blocks its thread would take the worker with it; on a stack of its own it can be left behind. Asked for
    // by those alone who set a timeout.
    private async ValueTask InvokeOnFreshStackAsync(Delivery delivery, Attempt attempt)
    {
        await Task.Yield();
        await InvokeAsync(delivery.Envelope.Event!, new EventContext(attempt), attempt.Token).ConfigureAwait(Continuation.Capture);
    }

    private async ValueTask AwaitOrAbandonAsync(Delivery delivery, Attempt attempt, Task handling)
    {
        Watch.Add(attempt);
        Task ended = await Task.WhenAny(handling, attempt.Abandoned).ConfigureAwait(Continuation.Capture);
        if (ReferenceEquals(ended, handling))
        {
            await handling.ConfigureAwait(Continuation.Capture);
            return;
        }

        await Task.Yield();
        EventMetadata metadata = delivery.Envelope.Metadata;
        Counters.Abandoned();
        Log.HandlerAbandoned(Telemetry.Logger, Name, metadata.TypeName, metadata.EventId);
        Observe(DeliveryStage.Abandoned, delivery);
        _ = handling.ContinueWith(
            (late, _) =>
            {
                Log.HandlerEndedLate(
                    Telemetry.Logger, late.Exception?.InnerException, Name, metadata.TypeName, metadata.EventId);
                Counters.LateEnd();
            },
            null,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        throw FailureMark.Put(
            attempt.IsStopped ? FailureKind.Stopped : FailureKind.Abandoned,
            new TimeoutException(
                $"The handler of '{Name}' went on after its token had fired and lost its place. " +
                "Pass the cancellation token to everything it awaits."));
    }

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
            FailureKind kind = _environment.Stopped.IsCancellationRequested ? FailureKind.Stopped : FailureKind.PublishCancelled;
            last = new AttemptResult(delivery, kind, null);
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

        if (FindEnd(result) is { } reason)
        {
            return DeadLetterAsync(delivery, reason, result.Exception);
        }

        if (Telemetry.IsWatched)
        {
            ReportSuccess(delivery);
        }

        Counters.Succeeded();
        return default;
    }

    private void ReportSuccess(Delivery delivery)
    {
        Telemetry.Processed(delivery.Envelope.TypeName, Name, delivery.StartedAt, delivery.Activity, null, null);
        if (Telemetry.Logger.IsEnabled(LogLevel.Debug))
        {
            EventMetadata metadata = delivery.Envelope.Metadata;
            Log.HandlerSucceeded(Telemetry.Logger, Name, metadata.TypeName, metadata.EventId, delivery.Attempts);
        }

        Observe(DeliveryStage.Succeeded, delivery);
    }

    private async ValueTask DeadLetterAsync(Delivery delivery, DeadLetterReason reason, Exception? exception)
    {
        EventMetadata metadata = delivery.Envelope.Metadata;
        DeadLetter letter = new()
        {
            Id = Guid.CreateVersion7(_environment.Clock.GetUtcNow()),
            Event = delivery.Envelope.Event!,
            Metadata = metadata,
            Subscription = Name,
            Reason = reason,
            Attempts = delivery.Attempts,
            Failures = delivery.Failures,
            DeadLetteredAt = _environment.Clock.GetUtcNow(),
            Redrives = delivery.Redrives,
        };
        if (delivery.Attempts > 0)
        {
            Log.HandlerFailed(Telemetry.Logger, exception, Name, metadata.TypeName, metadata.EventId, delivery.Attempts);
        }

        // The letter's span belongs below the delivery's, which lives on other threads than this one.
        Activity? outer = Activity.Current;
        Activity.Current = delivery.Activity ?? outer;
        await _environment.DeadLetters.WriteAsync(letter).ConfigureAwait(Continuation.Capture);
        Activity.Current = outer;

        delivery.FinalFailure = exception ?? new InvalidOperationException(
            $"'{Name}' could not handle {metadata.TypeName} {metadata.EventId}: {reason}. It is dead letter {letter.Id}.");
        Telemetry.Processed(
            metadata.TypeName, Name, delivery.StartedAt, delivery.Activity, exception, exception is null ? reason.ToString() : null);
        Observe(DeliveryStage.DeadLettered, delivery, exception, reason);
        Counters.DeadLettered();
    }

    private void StartSpan(Delivery delivery)
    {
        if (delivery.StartedAt == 0 && Telemetry.IsWatched)
        {
            delivery.StartedAt = Telemetry.Timestamp;
            if (Telemetry.IsTracing)
            {
                Envelope envelope = delivery.Envelope;
                delivery.Activity = Telemetry.StartProcess(
                    envelope.TypeName, Name, envelope.Metadata, envelope.Origin, delivery.IsInline);
            }
        }
    }

    private void HandlerStarted(Delivery delivery, Attempt attempt)
    {
        Telemetry.HandlerStarted(delivery.Envelope.TypeName, Name);
        if (Telemetry.Logger.IsEnabled(LogLevel.Debug))
        {
            EventMetadata metadata = delivery.Envelope.Metadata;
            Log.HandlerStarted(Telemetry.Logger, Name, metadata.TypeName, metadata.EventId, attempt.Number);
        }
    }

    private void Note(Delivery delivery, Exception exception) => delivery.Note(
        exception,
        new DeliveryFailure(
            delivery.Attempts,
            _environment.Clock.GetUtcNow(),
            exception.GetType().FullName ?? exception.GetType().Name,
            exception.Message,
            exception.ToString()));

    private static FailureKind Classify(Delivery delivery, Exception exception)
    {
        if (FailureMark.Find(exception) is { } kind)
        {
            return kind;
        }

        return exception is OperationCanceledException && delivery.PublisherToken.IsCancellationRequested
            ? FailureKind.PublishCancelled
            : FailureKind.Thrown;
    }
}
