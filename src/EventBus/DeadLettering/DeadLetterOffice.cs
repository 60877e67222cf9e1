using System.Diagnostics;
using System.Runtime.CompilerServices;
using EventBus.Diagnostics;

namespace EventBus.DeadLettering;

/// <summary>Puts letters where they belong, and never loses one: what the application's sink refuses stays in memory.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class DeadLetterOffice
{
    private readonly IDeadLetterSink? _sink;
    private readonly IDeadLetterStore? _store;
    private readonly InMemoryDeadLetterStore _memory;
    private readonly Telemetry _telemetry;

    // Of letters that are being redriven: each as often as somebody tries.
    private readonly List<Guid> _inHand = [];

    /// <param name="sink">The application's sink or store; null keeps letters in memory.</param>
    /// <param name="capacity">How many letters memory holds.</param>
    /// <param name="telemetry">Where letters are reported.</param>
    public DeadLetterOffice(IDeadLetterSink? sink, int capacity, Telemetry telemetry)
    {
        _sink = sink;
        _store = sink as IDeadLetterStore;
        _telemetry = telemetry;
        _memory = new InMemoryDeadLetterStore(capacity, () =>
        {
            telemetry.Evicted();
            Log.DeadLetterEvicted(telemetry.Logger, capacity);
        });
    }

    public int Count => _memory.Count + (_store?.Count ?? 0);

    /// <summary>Whether somebody is redriving a letter: it may be in no store, and come back all the same.</summary>
    public bool IsInHand(Guid id)
    {
        lock (_inHand)
        {
            return _inHand.Contains(id);
        }
    }

    /// <summary>Notes that a letter is about to be taken out to be redriven, until <see cref="LetGo"/>.</summary>
    public void TakeInHand(Guid id)
    {
        lock (_inHand)
        {
            _inHand.Add(id);
        }
    }

    public void LetGo(Guid id)
    {
        lock (_inHand)
        {
            _inHand.Remove(id);
        }
    }

    public async ValueTask WriteAsync(DeadLetter letter)
    {
        string typeName = letter.Metadata.TypeName;
        long startedAt = _telemetry.Timestamp;
        Activity? activity = null;
        try
        {
            activity = _telemetry.StartSettle("dead_letter", letter.Metadata, letter.Subscription);
        }
        finally
        {
            // Whatever a listener throws: the letter comes first.
            await KeepAsync(letter).ConfigureAwait(Continuation.Capture);
        }

        activity?.Dispose();
        _telemetry.SettleEnded("dead_letter", letter.Metadata, letter.Subscription, startedAt, null);
        _telemetry.DeadLettered(typeName, letter.Subscription, letter.Reason.ToString());
        Log.DeadLettered(
            _telemetry.Logger,
            typeName,
            letter.Metadata.EventId,
            letter.Subscription,
            letter.Reason.ToString(),
            letter.Attempts,
            letter.Id);
    }

    /// <summary>Puts a letter back that was taken out for nothing. A sink that cannot be read cannot have held it.</summary>
    public ValueTask PutBackAsync(DeadLetter letter) =>
        _store is null ? _memory.WriteAsync(letter, CancellationToken.None) : KeepAsync(letter);

    public async IAsyncEnumerable<DeadLetter> QueryAsync(
        DeadLetterQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int left = query.Limit ?? int.MaxValue;
        IAsyncEnumerator<DeadLetter> kept = _memory.QueryAsync(query, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using ConfiguredAsyncDisposable keptEnd = kept.ConfigureAwait(Continuation.Capture);
        bool hasKept = await kept.MoveNextAsync().ConfigureAwait(Continuation.Capture);
        IAsyncEnumerable<DeadLetter> stored = _store?.QueryAsync(query, cancellationToken) ?? AsyncEnumerable.Empty<DeadLetter>();
        await foreach (DeadLetter letter in stored.ConfigureAwait(Continuation.Capture))
        {
            // What memory kept while the store failed belongs between the letters of the store, by its time.
            while (left > 0 && hasKept && kept.Current.DeadLetteredAt <= letter.DeadLetteredAt)
            {
                left--;
                yield return kept.Current;
                hasKept = await kept.MoveNextAsync().ConfigureAwait(Continuation.Capture);
            }

            if (left-- <= 0)
            {
                yield break;
            }

            yield return letter;
        }

        while (left-- > 0 && hasKept)
        {
            yield return kept.Current;
            hasKept = await kept.MoveNextAsync().ConfigureAwait(Continuation.Capture);
        }
    }

    public async ValueTask<DeadLetter?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        foreach (IDeadLetterStore store in Stores())
        {
            if (await store.FindAsync(id, cancellationToken).ConfigureAwait(Continuation.Capture) is { } letter)
            {
                return letter;
            }
        }

        return null;
    }

    public async ValueTask<DeadLetter?> TryRemoveAsync(Guid id, CancellationToken cancellationToken)
    {
        foreach (IDeadLetterStore store in Stores())
        {
            if (await store.TryRemoveAsync(id, cancellationToken).ConfigureAwait(Continuation.Capture) is { } letter)
            {
                return letter;
            }
        }

        return null;
    }

    private async ValueTask KeepAsync(DeadLetter letter)
    {
        if (_sink is not null)
        {
            try
            {
                await _sink.WriteAsync(letter, CancellationToken.None).ConfigureAwait(Continuation.Capture);
                return;
            }
#pragma warning disable CA1031 // A sink may throw anything, and the letter must be kept whatever it is.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Log.DeadLetterSinkFailed(
                    _telemetry.Logger, exception, _sink.GetType().Name, letter.Id, letter.Subscription);
            }
        }

        await _memory.WriteAsync(letter, CancellationToken.None).ConfigureAwait(Continuation.Capture);
    }

    private IEnumerable<IDeadLetterStore> Stores() => _store is null ? [_memory] : [_store, _memory];
}
