using EventBus.Delivering;
using EventBus.Delivering.Batches;

namespace EventBus.Dispatching.Batches;

/// <summary>Takes batches from a queue and brings each to the handler, one after the other.</summary>
/// <remarks>Owned by one flow at a time. What it is at changes under the queue's lock.</remarks>
internal sealed class BatchWorker(DeliveryQueue queue, Deliverer deliverer) : IQueueWorker
{
    // Handlers that never wait would keep the thread until the queue is empty, and other subscriptions from it.
    private const int Slice = 16;

    private bool _isStarting = true;
    private volatile BatchRun? _run;

    public long Succeeded => 0;

    public IReadOnlyList<Delivery> CurrentDeliveries => _run?.Left ?? [];

    public Attempt? CurrentAttempt => _run?.CurrentAttempt;

    public void Execute() => _ = WorkAsync();

    public void WaitUntilVisible()
    {
        // It takes under the lock, and is visible from then on.
    }

    public Delivery? GiveUpUnderLock() => null;

    /// <summary>Gives it what it is to handle next.</summary>
    public void TakeUnderLock(IReadOnlyList<Delivery> batch)
    {
        BatchRun run = new(deliverer, batch, queue.Resume);
        run.Begin();
        _run = run;
    }

    private async Task WorkAsync()
    {
        if (_isStarting)
        {
            _isStarting = false;
            queue.NoteBegun();
        }

        int left = Slice;
        do
        {
            while (queue.TryTakeBatch(this))
            {
                await _run!.RunAsync().ConfigureAwait(Continuation.Capture);
                _run = null;
                if (--left == 0)
                {
                    Continuation.Start(this);
                    return;
                }
            }

            // Before others can start it again.
            _isStarting = true;
            if (queue.TryEnd(this))
            {
                return;
            }

            _isStarting = false;
        }
        while (true);
    }
}
