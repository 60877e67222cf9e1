using Polly;
using Polly.Retry;

namespace EventBus.Delivering;

/// <summary>Polly's retry, entered when a first attempt has failed: a delivery that succeeds at once never meets it.</summary>
/// <remarks>Thread-safe; one for each subscription that retries.</remarks>
internal sealed class RetryLoop
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);

    private readonly ResiliencePipeline<AttemptResult> _pipeline;

    public RetryLoop(RetryOptions options, Deliverer deliverer, TimeProvider clock, Func<double>? jitter)
    {
        RetryStrategyOptions<AttemptResult> retry = new()
        {
            MaxRetryAttempts = options.MaxRetryAttempts,
            Delay = options.Delay,
            MaxDelay = options.MaxDelay ?? LongestDelay,
            UseJitter = options.UseJitter,
            BackoffType = options.Backoff switch
            {
                RetryBackoff.Constant => DelayBackoffType.Constant,
                RetryBackoff.Linear => DelayBackoffType.Linear,
                _ => DelayBackoffType.Exponential,
            },
            ShouldHandle = arguments => new ValueTask<bool>(
                arguments.Outcome.Exception is null && deliverer.MayRetry(arguments.Outcome.Result)),
            OnRetry = arguments =>
            {
                deliverer.NoteRetry(arguments.Outcome.Result, arguments.RetryDelay);
                return default;
            },
        };
        if (jitter is not null)
        {
            retry.Randomizer = jitter;
        }

        _pipeline = new ResiliencePipelineBuilder<AttemptResult> { TimeProvider = clock }.AddRetry(retry).Build();
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
            return await _pipeline.ExecuteAsync(
                static (_, round) => round.NextAsync(), context, round).ConfigureAwait(Continuation.Capture);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
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
