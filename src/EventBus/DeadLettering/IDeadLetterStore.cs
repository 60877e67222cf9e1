namespace EventBus.DeadLettering;

/// <summary>Keeps dead letters so that they can be read, redriven and discarded.</summary>
/// <remarks>
/// The bus keeps them in memory unless <see cref="EventBusBuilder.UseDeadLetterStore{TStore}"/> names another store. Every member
/// must bear calls from any thread at once. If <see cref="IDeadLetterSink.WriteAsync"/> throws, the letter is kept in memory.
/// </remarks>
public interface IDeadLetterStore : IDeadLetterSink
{
    /// <summary>Lists the letters that match, oldest first, at most <see cref="DeadLetterQuery.Limit"/>.</summary>
    /// <param name="query">What to look for.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <returns>The letters. Removing one that was listed must not disturb the listing.</returns>
    IAsyncEnumerable<DeadLetter> QueryAsync(DeadLetterQuery query, CancellationToken cancellationToken);

    /// <summary>Finds one letter, or null.</summary>
    /// <param name="id">The letter's id.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>The letter, or null where it is not there (any more).</returns>
    ValueTask<DeadLetter?> FindAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Takes a letter out. Of several callers at once, one alone may get it.</summary>
    /// <param name="id">The letter's id.</param>
    /// <param name="cancellationToken">Cancels before the letter is taken out.</param>
    /// <returns>The letter, or null where it is not there (any more).</returns>
    ValueTask<DeadLetter?> TryRemoveAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>How many letters the store holds. Read by health checks: should be cheap.</summary>
    int Count { get; }
}
