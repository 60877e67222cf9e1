using System.Diagnostics;
using EventBus.DeadLettering;
using Polly;

namespace EventBus.Delivering;

/// <summary>Makes single attempts for one subscription: the application's pipeline, the handler, its timeout.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class AttemptRunner
{
    private readonly Func<object, EventContext, CancellationToken, ValueTask> _handler;
    private readonly DeliverySettings _settings;
    private readonly DeliveryEnvironment _environment;
    private readonly DeliveryCounters _counters;
    private readonly DeliveryReport _report;
    private readonly ResiliencePipeline? _pipeline;

    public AttemptRunner(
        Func<object, EventContext, CancellationToken, ValueTask> handler,
        DeliverySettings settings,
        DeliveryEnvironment environment,
        DeliveryCounters counters,
        DeliveryReport report)
    {
        _handler = handler;
        _settings = settings;
        _environment = environment;
        _counters = counters;
        _report = report;
        Watch = new AttemptWatch(environment.Clock, settings.Timeout, environment.AbandonAfter);
        if (settings.Resilience is not null)
        {
            ResiliencePipelineBuilder builder = new() { Name = report.Subscription, TimeProvider = environment.Clock };
            settings.Resilience(builder);
            _pipeline = builder.Build();
        }

        IsPlain = _pipeline is null
            && settings is { IsTimeoutChosen: false, MaxAge: null, Limits: null, Idempotency: null, Outcomes: null };
    }

    public AttemptWatch Watch { get; }

    /// <summary>Whether nothing stands between a publish and the handler.</summary>
    public bool IsPlain { get; }

    /// <summary>Makes one attempt. Never throws.</summary>
    public async ValueTask<AttemptResult> RunAsync(Delivery delivery)
    {
        try
        {
            using AttemptLimits.Admission? admission = _settings.Limits is null
                ? null
                : await EnterAsync(delivery).ConfigureAwait(Continuation.Capture);
            if (FindHindrance(delivery) is { } hindrance)
            {
                return new AttemptResult(delivery, hindrance, null);
            }

            _report.Begin(delivery);
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

    /// <summary>Ends an attempt whose handler was called by an inline publish itself. Never throws.</summary>
    public async ValueTask<AttemptResult> FinishAsync(Delivery delivery, Attempt attempt, ValueTask handling, bool isAbandoned)
    {
        if (delivery.Activity is not null)
        {
            Activity.Current = delivery.Activity;
        }

        try
        {
            await AwaitHandlerAsync(delivery, attempt, handling, isAbandoned).ConfigureAwait(Continuation.Capture);
            return new AttemptResult(delivery, null, null);
        }
#pragma warning disable CA1031 // The boundary of a delivery: whatever a handler throws ends here, as data.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return new AttemptResult(delivery, Classify(delivery, exception), exception);
        }
    }

    /// <summary>Writes a failure into the delivery's history.</summary>
    public void Note(Delivery delivery, Exception exception) => delivery.Note(exception, Describe(exception, delivery.Attempts));

    /// <summary>Makes data of a failure.</summary>
    public DeliveryFailure Describe(Exception exception, int attempt) => new(
        attempt,
        _environment.Clock.GetUtcNow(),
        exception.GetType().FullName ?? exception.GetType().Name,
        exception.Message,
        exception.ToString());

    /// <summary>Finds out how an attempt failed that threw.</summary>
    public FailureKind Classify(Delivery delivery, Exception exception)
    {
        if (FailureMark.Find(delivery, exception) is { } kind)
        {
            return kind;
        }

        if (exception is not OperationCanceledException)
        {
            return FailureKind.Thrown;
        }

        if (_environment.Stopped.IsCancellationRequested)
        {
            return FailureKind.Stopped;
        }

        return delivery.PublisherToken.IsCancellationRequested ? FailureKind.PublishCancelled : FailureKind.Thrown;
    }

    /// <summary>Waits until the subscription's limits let an attempt in.</summary>
    /// <returns>What it holds until its end; null where there are no limits, and where the wait was in vain: then there is a hindrance.</returns>
    public async ValueTask<AttemptLimits.Admission?> EnterAsync(Delivery delivery)
    {
        if (_settings.Limits is not { } limits || FindHindrance(delivery) is not null)
        {
            return null;
        }

        using CancellationTokenSource? linked = delivery.PublisherToken.CanBeCanceled
            ? CancellationTokenSource.CreateLinkedTokenSource(_environment.Stopped, delivery.PublisherToken)
            : null;
        try
        {
            return await limits.EnterAsync(linked?.Token ?? _environment.Stopped).ConfigureAwait(Continuation.Capture);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Finds out why no attempt may begin; null where one may.</summary>
    public FailureKind? FindHindrance(Delivery delivery)
    {
        if (_environment.Stopped.IsCancellationRequested)
        {
            return FailureKind.Stopped;
        }

        if (delivery.PublisherToken.IsCancellationRequested)
        {
            return FailureKind.PublishCancelled;
        }

        bool isTooOld = _settings.MaxAge is { } maxAge
            && _environment.Clock.GetUtcNow() - delivery.AgeFrom >= maxAge;
        return isTooOld ? FailureKind.Expired : null;
    }

    private async ValueTask InvokeThroughPipelineAsync(ResiliencePipeline pipeline, Delivery delivery)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_environment.Stopped, delivery.PublisherToken);
        ResilienceContext context = ResilienceContextPool.Shared.Get(Continuation.Capture, ending.Token);

        // What the pipeline's own callbacks publish comes from this delivery as much as what its handler publishes.
        AmbientAttempt.Set(new Attempt(delivery.Envelope, _report.Subscription, delivery.Attempts));
        try
        {
            await pipeline.ExecuteAsync(
                static (context, state) => state.Runner.InvokeOnceAsync(state.Delivery, context.CancellationToken),
                context,
                (Runner: this, Delivery: delivery)).ConfigureAwait(Continuation.Capture);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private async ValueTask InvokeOnceAsync(Delivery delivery, CancellationToken outer)
    {
        Attempt attempt = new(delivery.Envelope, _report.Subscription, delivery.NextAttempt(), Watch);
        AmbientAttempt.Set(attempt);
        if (delivery.Activity is not null)
        {
            Activity.Current = delivery.Activity;
        }

        using CancellationTokenRegistration link = outer.UnsafeRegister(static state => ((Attempt)state!).Cancel(), attempt);
        if (_settings.IsTimeoutChosen)
        {
            Watch.Add(attempt);
        }

        delivery.CurrentAttempt = attempt;
        _report.HandlerStarted(delivery, attempt);
        await AwaitHandlerAsync(delivery, attempt, CallHandler(delivery, attempt), isAbandoned: false).ConfigureAwait(Continuation.Capture);
    }

    private ValueTask CallHandler(Delivery delivery, Attempt attempt)
    {
        try
        {
            return _settings.IsTimeoutChosen && !delivery.IsInline
                ? InvokeOnFreshStackAsync(delivery, attempt)
                : _handler(delivery.Envelope.Event!, new EventContext(attempt), attempt.Token);
        }
#pragma warning disable CA1031 // A handler may throw before it returns its task; both ways of failing are one from here on.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return ValueTask.FromException(exception);
        }
    }

    private async ValueTask AwaitHandlerAsync(Delivery delivery, Attempt attempt, ValueTask handling, bool isAbandoned)
    {
        try
        {
            if (isAbandoned || (!handling.IsCompleted && !await attempt.WaitAsync(handling).ConfigureAwait(Continuation.Capture)))
            {
                throw await AbandonAsync(delivery, attempt, handling).ConfigureAwait(Continuation.Capture);
            }

            await handling.ConfigureAwait(Continuation.Capture);
        }
        catch (Exception exception) when (attempt.IsTimedOut && FailureMark.Find(delivery, exception) is null)
        {
            TimeoutException timeout = new(
                $"The handler of '{_report.Subscription}' was stopped by its timeout of {_settings.Timeout}.", exception);
            Note(delivery, timeout);
            throw FailureMark.Put(delivery, FailureKind.TimedOut, timeout);
        }
        catch (Exception exception)
        {
            Note(delivery, exception);
            if (attempt.IsStopped && FailureMark.Find(delivery, exception) is null)
            {
                FailureMark.Put(delivery, FailureKind.Stopped, exception);
            }

            throw;
        }
        finally
        {
            delivery.CurrentAttempt = null;
            attempt.End();
            _report.HandlerEnded(_report.LabelsOf(delivery.Envelope.TypeName), attempt);
        }
    }

    // A handler that blocks its thread would take the worker with it; on a stack of its own it can be left behind. Asked for
    // by those alone who set a timeout.
    private async ValueTask InvokeOnFreshStackAsync(Delivery delivery, Attempt attempt)
    {
        await Task.Yield();
        await _handler(delivery.Envelope.Event!, new EventContext(attempt), attempt.Token).ConfigureAwait(Continuation.Capture);
    }

    private async ValueTask<Exception> AbandonAsync(Delivery delivery, Attempt attempt, ValueTask handling)
    {
        // Out of the watch's timer.
        await Task.Yield();
        _counters.Abandoned();
        _report.Abandoned(delivery);
        _ = NoteLateEndAsync(delivery, attempt, handling);
        return FailureMark.Put(
            delivery,
            attempt.IsStopped ? FailureKind.Stopped : FailureKind.Abandoned,
            new TimeoutException(
                $"The handler of '{_report.Subscription}' went on after its token had fired and lost its place. " +
                "Pass the cancellation token to everything it awaits."));
    }

    private async Task NoteLateEndAsync(Delivery delivery, Attempt attempt, ValueTask handling)
    {
        await attempt.LateEnd.ConfigureAwait(Continuation.Capture);
        _report.EndedLate(delivery, handling.AsTask().Exception?.InnerException);
        _counters.LateEnd();
    }
}
