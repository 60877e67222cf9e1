namespace EventBus.DeadLettering;

/// <summary>Takes dead letters to a place of the application's choice: a file, a ticket, a table.</summary>
/// <remarks>
/// Registered with <see cref="EventBusBuilder.UseDeadLetterSink{TSink}"/>. The sink gets each letter in place of the bus's own
/// store. If it throws, the letter is kept in memory, where <see cref="IDeadLetters"/> finds it, and a critical message is logged.
/// </remarks>
public interface IDeadLetterSink
{
    /// <summary>Takes one letter. Returning means that the sink now answers for it.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="cancellationToken">Never cancelled by a publisher: giving up a letter half way would lose it.</param>
    /// <returns>A task that ends when the letter is safe.</returns>
    ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken);
}
