namespace EventBus;

/// <summary>Halts single subscriptions while the program runs, and lets them go on.</summary>
/// <remarks>
/// Registered as a singleton. Every member may be called from any thread at once. Queued subscriptions alone can be paused: an inline
/// handler runs in its publisher's own flow. A pause ends with the process.
/// </remarks>
public interface ISubscriptionControl
{
    /// <summary>Begins no further attempt of a subscription, retries included. Those under way come to their end.</summary>
    /// <param name="subscription">The subscription's name.</param>
    /// <param name="mode">What becomes of events that come meanwhile. Pausing again changes the mode.</param>
    /// <exception cref="ArgumentNullException"><paramref name="subscription"/> is null.</exception>
    /// <exception cref="ArgumentException">No subscription has that name.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="mode"/> does not exist.</exception>
    /// <exception cref="InvalidOperationException">The subscription is inline.</exception>
    void Pause(string subscription, PauseMode mode = PauseMode.Hold);

    /// <summary>Lets a subscription go on. Nothing happens where it is not paused.</summary>
    /// <param name="subscription">The subscription's name.</param>
    /// <exception cref="ArgumentNullException"><paramref name="subscription"/> is null.</exception>
    /// <exception cref="ArgumentException">No subscription has that name.</exception>
    /// <exception cref="InvalidOperationException">The subscription is inline.</exception>
    void Resume(string subscription);

    /// <summary>Waits until a subscription has brought all that it accepted to an end, and pauses it at that moment.</summary>
    /// <param name="subscription">The subscription's name.</param>
    /// <param name="mode">What becomes of events that come afterwards. Those that come before are handled.</param>
    /// <param name="cancellationToken">Ends the waiting; then the subscription is not paused.</param>
    /// <returns>A task that ends when the subscription is paused. Retries are waited for, however late they are.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="subscription"/> is null.</exception>
    /// <exception cref="ArgumentException">No subscription has that name.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="mode"/> does not exist.</exception>
    /// <exception cref="InvalidOperationException">The subscription is inline, or is paused already.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    ValueTask DrainAsync(string subscription, PauseMode mode = PauseMode.Hold, CancellationToken cancellationToken = default);
}
