namespace EventBus.Delivering.Batches;

/// <summary>The events of one call of a batch handler. Stands in the place of the event of a delivery that stands for them all.</summary>
/// <param name="members">Their deliveries.</param>
/// <param name="countsAttempts">Whether a call is an attempt at each of them; it is none where it only looks for the one that fails.</param>
internal sealed class Batch(IReadOnlyList<Delivery> members, bool countsAttempts)
{
    private BatchContext? _result;

    public IReadOnlyList<Delivery> Members { get; } = members;

    /// <summary>Counts an attempt at each.</summary>
    public void NoteCall()
    {
        if (countsAttempts)
        {
            foreach (Delivery member in Members)
            {
                member.NextAttempt();
            }
        }
    }

    /// <summary>Takes note of a call that ended well. Of several, which a hedging pipeline makes, the first counts.</summary>
    public void NoteResult(BatchContext context) => Interlocked.CompareExchange(ref _result, context, null);

    /// <summary>Why one of them failed in the call that ended well; null where it did not.</summary>
    public Exception? FailureOf(int index) => Volatile.Read(ref _result)?.FindFailure(index);
}
