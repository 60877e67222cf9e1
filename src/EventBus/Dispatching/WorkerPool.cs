namespace EventBus.Dispatching;

/// <summary>The workers of a queue: all that were ever needed at once, working or not, for each keeps its count.</summary>
/// <remarks>Guarded by the queue's lock, but for <see cref="All"/> and <see cref="Succeeded"/>.</remarks>
internal sealed class WorkerPool(int maxConcurrency, Func<IQueueWorker> make)
{
    // Copied on write.
    private volatile IQueueWorker[] _all = [];
    private readonly Stack<IQueueWorker> _idle = new();

    // On their way to their first delivery: each will take one, so no further worker is needed for those.
    private int _starting;

    // Those whose handler goes on with a delivery that was given up.
    private int _lost;

    public IReadOnlyList<IQueueWorker> All => _all;

    /// <summary>Deliveries that succeeded in a worker's hands without ever being counted elsewhere.</summary>
    public long Succeeded
    {
        get
        {
            long sum = 0;
            foreach (IQueueWorker worker in _all)
            {
                sum += worker.Succeeded;
            }

            return sum;
        }
    }

    public int Working => _all.Length - _idle.Count - _lost;

    /// <summary>Whether one more worker may, and needs to, work.</summary>
    /// <param name="ready">How much there is to begin.</param>
    public bool MayStart(long ready) => Working < maxConcurrency && ready > _starting;

    /// <summary>Takes a worker for the caller to start.</summary>
    public IQueueWorker Start()
    {
        if (!_idle.TryPop(out IQueueWorker? worker))
        {
            worker = make();
            _all = [.. _all, worker];
        }

        _starting++;
        return worker;
    }

    /// <summary>Notes that a started worker has begun.</summary>
    public void NoteBegun() => _starting--;

    /// <summary>Notes that a worker has nothing to do.</summary>
    public void End(IQueueWorker worker) => _idle.Push(worker);

    /// <summary>Notes that what a worker still does is no work of the queue's any more.</summary>
    public void Lose() => _lost++;

    /// <summary>Notes that such a worker has come back.</summary>
    public void Regain() => _lost--;
}
