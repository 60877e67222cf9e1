namespace EventBus.Delivering.Keys;

/// <summary>Lets the deliveries of one key be handled one at a time, and no more once one has succeeded.</summary>
/// <remarks>Thread-safe; one for each idempotent subscription.</remarks>
internal sealed class KeyedAttempts(AttemptRunner attempts, IDeliveryKeys keys) : IDisposable
{
    private readonly Func<Delivery, ValueTask<AttemptResult>> _attempt = attempts.RunAsync;

    /// <summary>Makes an attempt once the delivery has its key. Never throws.</summary>
    /// <param name="delivery">The delivery, counted as running.</param>
    /// <param name="resume">Finds a queued delivery that has waited a place again, and comes back here.</param>
    /// <param name="isWaiting">Whether another has the key, so that the delivery needs no place until it is its turn.</param>
    public ValueTask<AttemptResult> RunAsync(
        Delivery delivery, Func<Delivery, ValueTask<AttemptResult>> resume, out bool isWaiting)
    {
        ValueTask<KeyTurn> entering = keys.EnterAsync(delivery);
        isWaiting = !entering.IsCompleted;
        return AttemptAsync(delivery, entering, isWaiting && !delivery.IsInline ? resume : _attempt);
    }

    /// <inheritdoc cref="IDeliveryKeys.Leave"/>
    public void Leave(Delivery delivery, bool succeeded) => keys.Leave(delivery, succeeded);

    public void Dispose() => keys.Dispose();

    private async ValueTask<AttemptResult> AttemptAsync(
        Delivery delivery, ValueTask<KeyTurn> entering, Func<Delivery, ValueTask<AttemptResult>> attempt)
    {
        KeyTurn turn;
        try
        {
            turn = await entering.ConfigureAwait(Continuation.Capture);
        }
#pragma warning disable CA1031 // The key selector is the application's code, and fails as a handler does.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            delivery.NextAttempt();
            attempts.Note(delivery, exception);
            return new AttemptResult(delivery, FailureKind.Thrown, exception);
        }

        return turn switch
        {
            KeyTurn.Run => await attempt(delivery).ConfigureAwait(Continuation.Capture),
            KeyTurn.Done => new AttemptResult(delivery, null, null) { IsDuplicate = true },
            KeyTurn.Stopped => new AttemptResult(delivery, FailureKind.Stopped, null),
            _ => new AttemptResult(delivery, FailureKind.PublishCancelled, null),
        };
    }
}
