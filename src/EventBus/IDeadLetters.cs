using EventBus.DeadLettering;

namespace EventBus;

/// <summary>Reads the deliveries that were given up, and delivers them again or throws them away.</summary>
/// <remarks>Registered as a singleton. Every member may be called from any thread at once.</remarks>
public interface IDeadLetters
{
    /// <summary>Lists the letters that match, oldest first.</summary>
    /// <param name="query">What to look for; null lists all.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <returns>The letters as they stood when each was read. Redriving or discarding while listing is allowed.</returns>
    IAsyncEnumerable<DeadLetter> QueryAsync(DeadLetterQuery? query = null, CancellationToken cancellationToken = default);

    /// <summary>Finds one letter.</summary>
    /// <param name="id">The letter's id (not the event's).</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>The letter, or null where it is not there (any more).</returns>
    ValueTask<DeadLetter?> FindAsync(Guid id, CancellationToken cancellationToken = default);

    /// <summary>Delivers a letter's event again, to the subscription that failed and to no other.</summary>
    /// <param name="id">The letter's id (not the event's).</param>
    /// <param name="cancellationToken">Cancelled before the subscription has taken the event, the letter stays.</param>
    /// <returns>
    /// True when the subscription has taken the event (an inline one: has finished). False where the letter is not there (any
    /// more), for instance because somebody else redrives it at this moment.
    /// </returns>
    /// <exception cref="InvalidOperationException">No subscription of that name exists (any more). The letter stays.</exception>
    /// <exception cref="Dispatching.QueueFullException">The queue is full, and its mode is not to wait. The letter stays.</exception>
    /// <exception cref="Publishing.EventBusStoppedException">The bus is stopping or has stopped. The letter stays.</exception>
    /// <remarks>The event keeps its id and metadata; attempts are counted from one again. If it fails again, the new letter
    /// carries the failures of the old one and <see cref="DeadLetter.Redrives"/> is one higher.</remarks>
    ValueTask<bool> RedriveAsync(Guid id, CancellationToken cancellationToken = default);

    /// <summary>Delivers again all letters that match, each to the subscription that failed.</summary>
    /// <param name="query">Which letters. Letters that arrive while the call runs are left for the next.</param>
    /// <param name="options">Rate and dry run; null means at once and for real.</param>
    /// <param name="cancellationToken">Stops between two letters; the remaining ones stay.</param>
    /// <returns>How many matched, how many were taken by their subscription, and how many had to stay.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="query"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rate is zero, negative, not a number, or less than one letter a day.</exception>
    /// <exception cref="Publishing.EventBusStoppedException">The bus is stopping or has stopped. The letters stay.</exception>
    ValueTask<RedriveResult> RedriveAsync(
        DeadLetterQuery query, RedriveOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Throws one letter away for good.</summary>
    /// <param name="id">The letter's id (not the event's).</param>
    /// <param name="cancellationToken">Cancels before the letter is removed.</param>
    /// <returns>True when it was removed; false where it is not there (any more).</returns>
    ValueTask<bool> DiscardAsync(Guid id, CancellationToken cancellationToken = default);

    /// <summary>Throws all letters that match away for good.</summary>
    /// <param name="query">Which letters.</param>
    /// <param name="cancellationToken">Stops between two letters; the remaining ones stay.</param>
    /// <returns>How many were removed.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="query"/> is null.</exception>
    ValueTask<int> DiscardAsync(DeadLetterQuery query, CancellationToken cancellationToken = default);
}
