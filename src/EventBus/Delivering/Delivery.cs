using System.Diagnostics;
using EventBus.DeadLettering;
using EventBus.Delivering.Batches;

namespace EventBus.Delivering;

/// <summary>One event for one subscription, from acceptance until it succeeded or became a dead letter.</summary>
/// <remarks>Owned by one flow at a time; only <see cref="TrySettle"/> may be called by another.</remarks>
internal sealed class Delivery(Envelope envelope, Deliverer deliverer)
{
    private const int KeptFailures = 32;

    private List<DeliveryFailure>? _failures;
    private (Exception? Exception, int Attempt) _lastNoted;
    private Attempt? _currentAttempt;
    private int _attempts;
    private int _settled;

    public Envelope Envelope { get; } = envelope;

    public Deliverer Deliverer { get; } = deliverer;

    /// <summary>Attempts begun since the event was published or redriven.</summary>
    public int Attempts => Volatile.Read(ref _attempts);

    /// <summary>Retries begun. Differs from the attempts where the application's own pipeline makes some, too.</summary>
    public int Retries { get; set; }

    /// <summary>How often the delivery came back from the dead letters.</summary>
    public int Redrives { get; init; }

    /// <summary>The letter that it came back from; null where it came from a publisher.</summary>
    public Guid? RedrivenLetter { get; init; }

    /// <summary>What the maximum age is counted from: a redriven event is as old as its redrive.</summary>
    public DateTimeOffset AgeFrom { get; init; } = envelope.OccurredAt;

    /// <summary>An inline delivery's publisher may cancel it; a queued one's never does.</summary>
    public CancellationToken PublisherToken { get; init; }

    public bool IsInline { get; init; }

    /// <summary>The deliveries for all of which this one stands, during one call of their handler; null where it stands for itself.</summary>
    public Batch? Batch { get; init; }

    /// <summary>The batch that it is in, until it is handed on or goes back into its queue; null where it is in none.</summary>
    public BatchRun? Run { get; set; }

    /// <summary>What it has in common with others that wait in the same lane; null where there are no lanes, or nothing.</summary>
    public object? Key { get; set; }

    /// <summary>What it holds back until it has ended; null where it holds back nothing.</summary>
    public IDeliveryLane? Lane { get; set; }

    /// <summary>Who waits for the retry that is in the queue. Null for a first attempt.</summary>
    public TaskCompletionSource<AttemptResult>? Resumption { get; set; }

    /// <summary>The final failure, for a publisher that asked for it.</summary>
    public Exception? FinalFailure { get; set; }

    /// <summary>The attempt whose handler runs; null between attempts.</summary>
    public Attempt? CurrentAttempt
    {
        get => Volatile.Read(ref _currentAttempt);
        set => Volatile.Write(ref _currentAttempt, value);
    }

    public Activity? Activity { get; set; }

    public long StartedAt { get; set; }

    public IReadOnlyList<DeliveryFailure> Failures
    {
        get
        {
            lock (this)
            {
                return [.. _failures ?? []];
            }
        }
    }

    public int NextAttempt()
    {
        Batch?.NoteCall();
        return Interlocked.Increment(ref _attempts);
    }

    /// <summary>Makes the attempts undone that were made: none of them counts.</summary>
    public void TakeBackAttempts() => Volatile.Write(ref _attempts, 0);

    /// <summary>Notes a failure, once where it passes by twice; of very many, the first and the latest are kept.</summary>
    public void Note(Exception exception, DeliveryFailure failure)
    {
        // Locked because a hedging pipeline makes attempts side by side; the object is never seen outside the bus.
        lock (this)
        {
            if (_lastNoted != (exception, failure.Attempt))
            {
                _lastNoted = (exception, failure.Attempt);
                AddUnderLock(failure);
            }
        }
    }

    /// <summary>Takes over the failures from before a redrive.</summary>
    public void Note(IReadOnlyList<DeliveryFailure> earlier)
    {
        lock (this)
        {
            foreach (DeliveryFailure failure in earlier)
            {
                AddUnderLock(failure);
            }
        }
    }

    public bool IsSettled => Volatile.Read(ref _settled) != 0;

    /// <summary>Claims the right to end the delivery. One caller gets it; a late one must change nothing.</summary>
    public bool TrySettle() => Interlocked.Exchange(ref _settled, 1) == 0;

    private void AddUnderLock(DeliveryFailure failure)
    {
        _failures ??= [];
        if (_failures.Count == KeptFailures)
        {
            _failures.RemoveAt(1);
        }

        _failures.Add(failure);
    }
}
