using EventBus.DeadLettering;

namespace EventBus.Tests.Simulation;

/// <summary>A store that takes its time, as one on a disk does: others go on before a letter is safe, and before the bus learns that it is.</summary>
internal sealed class YieldingLetters : IDeadLetterStore
{
    private readonly InMemoryDeadLetterStore _letters = new(10_000, static () => Assert.Fail("A letter was pushed out."));

    public int Count => _letters.Count;

    public async ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        await Task.Yield();
        await _letters.WriteAsync(letter, cancellationToken);
        await Task.Yield();
    }

    public IAsyncEnumerable<DeadLetter> QueryAsync(DeadLetterQuery query, CancellationToken cancellationToken) =>
        _letters.QueryAsync(query, cancellationToken);

    public async ValueTask<DeadLetter?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return await _letters.FindAsync(id, cancellationToken);
    }

    public async ValueTask<DeadLetter?> TryRemoveAsync(Guid id, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return await _letters.TryRemoveAsync(id, cancellationToken);
    }
}
