using Polly;
using Polly.Retry;

namespace EventBus.Delivering;

/// <summary>Polly's retry, entered when a first attempt has failed: a delivery that succeeds at once never meets it.</summary>
/// <remarks>Thread-safe; one for each subscription that retries.</remarks>
internal sealed class RetryLoop
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);

    private readonly RetryOptions _options;
    private readonly Deliverer _deliverer;
    private readonly TimeProvider _clock;
    private readonly Func<double>? _jitter;
    private ResiliencePipeline<AttemptResult>? _pipeline;

    public RetryLoop(RetryOptions options, Deliverer deliverer, TimeProvider clock, Func<double>? jitter)
    {
        _options = options;
        _deliverer = deliverer;
        _clock = clock;
        _jitter = jitter;
    }

    /// <summary>Goes on from a failed first attempt until one succeeds or the rules end it.</summary>
    /// <param name="first">How the first attempt ended: the loop begins with it instead of calling the handler.</param>
    /// <param name="resume">Makes the next attempt, once there is a place for it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How the last attempt ended.</returns>
    /// <exception cref="OperationCanceledException">The token fired during a wait.</exception>
    public async ValueTask<AttemptResult> RunAsync(
        AttemptResult first, Func<Delivery, ValueTask<AttemptResult>> resume, CancellationToken cancellationToken)
    {
        ResilienceContext context = ResilienceContextPool.Shared.Get(Continuation.Capture, cancellationToken);
        try
        {
            Round round = new(first, resume);
            return await Pipeline().ExecuteAsync(
                static (_, round) => round.NextAsync(), context, round).ConfigureAwait(Continuation.Capture);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    // Made at the first failure: two hundred subscriptions would spend most of the start on pipelines that few of them ever need.
    private ResiliencePipeline<AttemptResult> Pipeline()
    {
        if (Volatile.Read(ref _pipeline) is { } made)
        {
            return made;
        }

        ResiliencePipeline<AttemptResult> fresh = Build();
        return Interlocked.CompareExchange(ref _pipeline, fresh, null) ?? fresh;
    }

    private ResiliencePipeline<AttemptResult> Build()
    {
        RetryStrategyOptions<AttemptResult> retry = new()
        {
            MaxRetryAttempts = _options.MaxRetryAttempts,
            Delay = _options.Delay,
            MaxDelay = _options.MaxDelay ?? LongestDelay,
            UseJitter = _options.UseJitter,
            BackoffType = _options.Backoff switch
            {
                RetryBackoff.Constant => DelayBackoffType.Constant,
                RetryBackoff.Linear => DelayBackoffType.Linear,
                _ => DelayBackoffType.Exponential,
            },
            ShouldHandle = arguments => new ValueTask<bool>(
                arguments.Outcome.Exception is null && _deliverer.MayRetry(arguments.Outcome.Result)),
            OnRetry = arguments =>
            {
                _deliverer.NoteRetry(arguments.Outcome.Result, arguments.RetryDelay);
                return default;
            },
        };
        if (_jitter is not null)
        {
            retry.Randomizer = _jitter;
        }

        return new ResiliencePipelineBuilder<AttemptResult> { TimeProvider = _clock }.AddRetry(retry).Build();
    }

    private sealed class Round(AttemptResult first, Func<Delivery, ValueTask<AttemptResult>> resume)
    {
        private bool _isRetry;

        public ValueTask<AttemptResult> NextAsync()
        {
            if (!_isRetry)
            {
                _isRetry = true;
                return new ValueTask<AttemptResult>(first);
            }

            first.Delivery.Retries++;
            return resume(first.Delivery);
        }
    }
}
