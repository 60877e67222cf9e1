using System.Collections.Concurrent;

namespace EventBus.Tests.Scenarios;

/// <summary>Notes what handlers did, in order.</summary>
internal sealed class Calls
{
    private readonly ConcurrentQueue<string> _notes = new();

    public IReadOnlyList<string> All => [.. _notes];

    public int Count => _notes.Count;

    public void Add(string note) => _notes.Enqueue(note);

    /// <summary>As <see cref="Add"/>, for a handler that does nothing else.</summary>
    public ValueTask Note(string note)
    {
        _notes.Enqueue(note);
        return default;
    }
}
