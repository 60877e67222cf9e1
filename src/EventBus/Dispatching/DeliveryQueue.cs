using System.Diagnostics;
using EventBus.Delivering;

namespace EventBus.Dispatching;

/// <summary>A bounded queue with workers that exist only while there is work.</summary>
/// <remarks>
/// Thread-safe. New deliveries start in the order in which they were added, after those whose retry is due. Publishers that wait
/// for room are let in in the order of their coming. No code of the application runs, and no task is completed, under the lock.
/// </remarks>
internal sealed class DeliveryQueue(
    int capacity, int maxConcurrency, DeliveryCounters counters, Func<Delivery, ValueTask> run)
{
    private const int Slice = 100;

    private readonly object _gate = new();
    private readonly Queue<Delivery> _fresh = new();
    private readonly Queue<Delivery> _retries = new();
    private readonly LinkedList<WaitingPublisher> _publishers = new();
    private readonly HashSet<Worker> _workers = [];

    // Workers on their way to their first delivery: each will take one, so no further worker is needed for those.
    private int _starting;
    private bool _isClosed;

    public enum Addition
    {
        Added,
        Overflowed,
        Full,
        Closed,
    }

    public Addition TryAdd(Delivery delivery, bool mayOverflow)
    {
        Worker? worker;
        bool overflows;
        lock (_gate)
        {
            if (_isClosed)
            {
                return Addition.Closed;
            }

            bool hasRoom = _fresh.Count < capacity && _publishers.Count == 0;
            if (!hasRoom && !mayOverflow)
            {
                return Addition.Full;
            }

            overflows = !hasRoom;
            counters.AcceptedToQueue(overflows);
            _fresh.Enqueue(delivery);
            worker = AddWorkerUnderLock();
        }

        Start(worker);
        return overflows ? Addition.Overflowed : Addition.Added;
    }

    /// <summary>Waits for room, behind the publishers that wait already.</summary>
    public async ValueTask<DispatchOutcome> WaitToAddAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        WaitingPublisher publisher = new(delivery);
        Worker? worker = null;
        lock (_gate)
        {
            if (_isClosed)
            {
                return DispatchOutcome.Closed;
            }

            if (_fresh.Count < capacity && _publishers.Count == 0)
            {
                // Room came up since the first look.
                counters.AcceptedToQueue(overflows: false);
                _fresh.Enqueue(delivery);
                worker = AddWorkerUnderLock();
                publisher.Outcome.SetResult(DispatchOutcome.Accepted);
            }
            else
            {
                _publishers.AddLast(publisher.Node);
            }
        }

        Start(worker);
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static state =>
            {
                (DeliveryQueue queue, WaitingPublisher publisher) = ((DeliveryQueue, WaitingPublisher))state!;
                queue.StopWaiting(publisher);
            },
            (this, publisher));
        return await publisher.Outcome.Task.ConfigureAwait(Continuation.Capture);
    }

    /// <summary>Queues a delivery whose retry is due. It was accepted before, so no bound holds it back.</summary>
    /// <returns>False where the queue is closed.</returns>
    public bool TryAddAgain(Delivery delivery)
    {
        Worker? worker;
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            counters.QueuedAgain();
            _retries.Enqueue(delivery);
            worker = AddWorkerUnderLock();
        }

        Start(worker);
        return true;
    }

    /// <summary>Takes nothing more.</summary>
    /// <returns>What was queued: counted as running from now on, and the caller's to end. Waiting publishers are told.</returns>
    public IReadOnlyList<Delivery> Close()
    {
        List<Delivery> left = [];
        List<WaitingPublisher> publishers;
        lock (_gate)
        {
            _isClosed = true;
            left.AddRange(_retries);
            left.AddRange(_fresh);
            _retries.Clear();
            _fresh.Clear();
            left.ForEach(_ => counters.Started());
            publishers = [.. _publishers];
            _publishers.Clear();
        }

        publishers.ForEach(static publisher => publisher.Outcome.TrySetResult(DispatchOutcome.Closed));
        return left;
    }

    /// <summary>The deliveries that workers hold now.</summary>
    public IReadOnlyList<Delivery> Running()
    {
        lock (_gate)
        {
            return [.. _workers.Select(static worker => worker.Current).OfType<Delivery>().Where(static each => !each.IsSettled)];
        }
    }

    private static void Start(Worker? worker)
    {
        if (worker is not null)
        {
            Continuation.Start(worker);
        }
    }

    private Worker? AddWorkerUnderLock()
    {
        if (_workers.Count == maxConcurrency || _fresh.Count + _retries.Count <= _starting)
        {
            return null;
        }

        Worker worker = new(this);
        _workers.Add(worker);
        _starting++;
        return worker;
    }

    private bool TryTake(Worker worker)
    {
        WaitingPublisher? admitted;
        Worker? another;
        lock (_gate)
        {
            if (!worker.HasBegun)
            {
                worker.HasBegun = true;
                _starting--;
            }

            if (!_retries.TryDequeue(out Delivery? delivery) && !_fresh.TryDequeue(out delivery))
            {
                worker.Current = null;
                _workers.Remove(worker);
                return false;
            }

            worker.Current = delivery;
            counters.Started();
            admitted = AdmitUnderLock();
            another = AddWorkerUnderLock();
        }

        Start(another);
        admitted?.Outcome.TrySetResult(DispatchOutcome.Accepted);
        return true;
    }

    private WaitingPublisher? AdmitUnderLock()
    {
        if (_publishers.First is not { } first || _fresh.Count >= capacity)
        {
            return null;
        }

        _publishers.RemoveFirst();
        counters.AcceptedToQueue(overflows: false);
        _fresh.Enqueue(first.Value.Delivery);
        return first.Value;
    }

    private void StopWaiting(WaitingPublisher publisher)
    {
        lock (_gate)
        {
            if (publisher.Node.List is null)
            {
                return;
            }

            _publishers.Remove(publisher.Node);
        }

        publisher.Outcome.TrySetResult(DispatchOutcome.Cancelled);
    }

    private async Task WorkAsync(Worker worker)
    {
        for (int taken = 0; TryTake(worker); taken++)
        {
            Debug.Assert(worker.Current is not null, "A worker that took something holds it.");
            await RunAsync(worker.Current).ConfigureAwait(Continuation.Capture);
            if (taken == Slice)
            {
                // Handlers that never wait would keep the thread until the queue is empty, and other subscriptions from it.
                Continuation.Start(worker);
                return;
            }
        }
    }

    private async ValueTask RunAsync(Delivery delivery)
    {
        try
        {
            await run(delivery).ConfigureAwait(Continuation.Capture);
        }
#pragma warning disable CA1031 // A logger or listener of the application's threw. The worker must live, and the event not be lost.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await delivery.Deliverer.GiveUpAsync(delivery, DeadLetterReason.RetriesExhausted, exception)
                .AsTask().ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(Continuation.Capture);
        }
    }

    private sealed class Worker(DeliveryQueue queue) : IThreadPoolWorkItem
    {
        /// <summary>Guarded by the queue's lock, but for the worker's own reading.</summary>
        public Delivery? Current { get; set; }

        public bool HasBegun { get; set; }

        public void Execute() => _ = queue.WorkAsync(this);
    }

    private sealed class WaitingPublisher
    {
        public WaitingPublisher(Delivery delivery)
        {
            Delivery = delivery;
            Node = new LinkedListNode<WaitingPublisher>(this);
        }

        public Delivery Delivery { get; }

        public LinkedListNode<WaitingPublisher> Node { get; }

        public TaskCompletionSource<DispatchOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
