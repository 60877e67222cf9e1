using System.Runtime.CompilerServices;

namespace EventBus.DeadLettering;

/// <summary>The store that is always there: bounded, lost with the process.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class InMemoryDeadLetterStore(int capacity, Action evicted) : IDeadLetterStore
{
    private readonly object _gate = new();
    private readonly LinkedList<DeadLetter> _oldestFirst = new();
    private readonly Dictionary<Guid, LinkedListNode<DeadLetter>> _byId = [];

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _byId.Count;
            }
        }
    }

    public ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        bool evicts;
        lock (_gate)
        {
            evicts = _byId.Count == capacity;
            if (evicts)
            {
                _byId.Remove(_oldestFirst.First!.Value.Id);
                _oldestFirst.RemoveFirst();
            }

            AddUnderLock(letter);
        }

        if (evicts)
        {
            evicted();
        }

        return default;
    }

    public async IAsyncEnumerable<DeadLetter> QueryAsync(
        DeadLetterQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        DeadLetter[] letters;
        lock (_gate)
        {
            letters = [.. _oldestFirst.Where(query.Matches).Take(query.Limit ?? int.MaxValue)];
        }

        foreach (DeadLetter letter in letters)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return letter;
        }

        await ValueTask.CompletedTask.ConfigureAwait(Continuation.Capture);
    }

    public ValueTask<DeadLetter?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return new ValueTask<DeadLetter?>(_byId.GetValueOrDefault(id)?.Value);
        }
    }

    public ValueTask<DeadLetter?> TryRemoveAsync(Guid id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (!_byId.Remove(id, out LinkedListNode<DeadLetter>? node))
            {
                return default;
            }

            _oldestFirst.Remove(node);
            return new ValueTask<DeadLetter?>(node.Value);
        }
    }

    private void AddUnderLock(DeadLetter letter)
    {
        // A letter that comes back from a redrive that was refused is older than those that arrived meanwhile.
        LinkedListNode<DeadLetter>? before = _oldestFirst.Last;
        while (before is not null && before.Value.DeadLetteredAt > letter.DeadLetteredAt)
        {
            before = before.Previous;
        }

        _byId[letter.Id] = before is null ? _oldestFirst.AddFirst(letter) : _oldestFirst.AddAfter(before, letter);
    }
}
