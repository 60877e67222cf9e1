using EventBus.DeadLettering;
using EventBus.Delivering;
using EventBus.Diagnostics;
using EventBus.Dispatching.Batches;
using EventBus.Dispatching.Lanes;

namespace EventBus.Dispatching;

/// <summary>A bounded queue with workers that exist only while there is work.</summary>
/// <remarks>
/// Thread-safe. New deliveries start in the order in which they were added, after those whose retry is due. Publishers that wait
/// for room are let in in the order of their coming. No code of the application runs, and no task is completed, under the lock.
/// Adding takes the lock; taking does not, unless retries or publishers wait. With lanes, the ring has the next event of each lane, and the
/// lanes have those behind it.
/// </remarks>
internal sealed class DeliveryQueue : IQueuedCount
{
    private const int MostReads = 100;

    private readonly object _gate = new();
    private readonly int _capacity;
    private readonly Deliverer _deliverer;
    private readonly EventRing _events = new();
    private readonly LaneMap? _lanes;
    private readonly Parking? _parking;
    private readonly BatchIntake? _batches;
    private readonly Queue<Delivery> _retries = new();
    private readonly LinkedList<WaitingPublisher> _publishers = new();
    private readonly WorkerPool _workers;

    // Written under the lock, and looked at without it: whether a taker has to take it.
    private volatile int _retriesDue;
    private volatile int _publishersWaiting;
    private volatile bool _isGivingUp;
    private volatile bool _isPaused;
    private PauseMode _pauseMode;

    // Whether events wait that no worker is to take now, because of a pause or for others to make a batch: they are pending all the same.
    private bool _holds;
    private bool _isClosed;

    public DeliveryQueue(int capacity, int maxConcurrency, Deliverer deliverer, LaneRule? rule = null, BatchOptions? batch = null)
    {
        if (rule is not null)
        {
            _lanes = new LaneMap(this, deliverer, rule);
            _parking = new Parking(this, deliverer);
        }

        _capacity = capacity;
        _deliverer = deliverer;
        _workers = new WorkerPool(
            maxConcurrency, batch is null ? () => new QueueWorker(this, deliverer) : () => new BatchWorker(this, deliverer));
        if (batch is not null)
        {
            BatchWindow window = new(batch, capacity, deliverer.Clock, deliverer.Alarms, EndWait);
            _batches = new BatchIntake(_events, _retries, _lanes, window, deliverer);
        }

        Resume = ResumeAsync;
        deliverer.Counters.AddQueued(this);
    }

    public enum Addition
    {
        Added,
        Overflowed,
        Full,

        /// <summary>Earlier events of its key are dead letters, and it has to become one behind them.</summary>
        Parked,
        Paused,
        Closed,
    }

    /// <summary>Makes a later attempt at a delivery, once a worker is free for it.</summary>
    public Func<Delivery, ValueTask<AttemptResult>> Resume { get; }

    /// <summary>Whether deliveries under way are being given up: a worker must ask for each whether it still has it.</summary>
    public bool IsGivingUp => _isGivingUp;

    private long Taken => _events.Taken + (_lanes?.TakenOut ?? 0);

    /// <summary>Whether something waits to be taken.</summary>
    public bool HasWork => !_isPaused && HasWaiting;

    /// <summary>What becomes of events that come while no attempt is begun; null where the queue is not paused.</summary>
    public PauseMode? Paused
    {
        get
        {
            lock (_gate)
            {
                return _isPaused ? _pauseMode : null;
            }
        }
    }

    private bool HasWaiting => _events.Count > 0 || _retriesDue != 0;

    /// <summary>Finds the key whose lane an event goes into; null where there are no lanes, or it has none.</summary>
    /// <remarks>Asks the application, and throws what that throws.</remarks>
    public object? KeyOf(object @event) => _lanes?.KeyOf(@event);

    /// <summary>Adds an event where there is room.</summary>
    /// <remarks>Throws what the application throws when it is asked for the event's key.</remarks>
    public Addition TryAdd(in QueuedEvent @event, bool mayOverflow)
    {
        // Not under the lock: the key is the application's to say.
        object? key = _lanes is null ? null : KeyOf(@event);
        IQueueWorker? worker;
        bool overflows;
        lock (_gate)
        {
            if (_isClosed)
            {
                return Addition.Closed;
            }

            if (_isPaused && _pauseMode == PauseMode.DeadLetter)
            {
                return Addition.Paused;
            }

            if (_lanes?.MustPark(@event, key) == true)
            {
                return Addition.Parked;
            }

            bool hasRoom = _publishersWaiting == 0 && HasRoomUnderLock();
            if (!hasRoom && !mayOverflow)
            {
                return Addition.Full;
            }

            overflows = !hasRoom;
            worker = AddUnderLock(@event, key);
        }

        Start(worker);
        if (!overflows)
        {
            return Addition.Added;
        }

        _deliverer.Counters.Overflowed();
        return Addition.Overflowed;
    }

    /// <summary>Waits for room, behind the publishers that wait already.</summary>
    public async ValueTask<DispatchOutcome> WaitToAddAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        WaitingPublisher publisher = new(delivery);
        lock (_gate)
        {
            if (_isClosed)
            {
                return DispatchOutcome.Closed;
            }

            _publishers.AddLast(publisher.Node);
            _publishersWaiting = _publishers.Count;
        }

        // Room may have come up before a taker could see that somebody waits for it.
        Interlocked.MemoryBarrier();
        Admit();
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static state =>
            {
                (DeliveryQueue queue, WaitingPublisher publisher) = ((DeliveryQueue, WaitingPublisher))state!;
                queue.StopWaiting(publisher);
            },
            (this, publisher));
        return await publisher.Outcome.Task.ConfigureAwait(Continuation.Capture);
    }

    /// <summary>Takes what is to be handled next.</summary>
    /// <param name="seen">See <see cref="EventRing.TryTake"/>.</param>
    /// <param name="event">It.</param>
    /// <param name="lane">What it holds back until it has ended; null where it holds back nothing.</param>
    /// <returns>False where there is nothing now.</returns>
    public bool TryTake(ref long seen, out QueuedEvent @event, out Lane? lane)
    {
        lane = null;
        if (_isPaused)
        {
            @event = default;
            return false;
        }

        if (_retriesDue != 0 && TryTakeRetry(out @event))
        {
            return true;
        }

        if (!_events.TryTake(ref seen, out @event))
        {
            return false;
        }

        if (@event.Lane is not null)
        {
            lane = HoldBack(@event.Lane);
        }

        if (_publishersWaiting != 0)
        {
            Admit();
        }

        return true;
    }

    /// <summary>Gives a worker the next batch: what is due for a retry first, then what has waited longest.</summary>
    /// <returns>False where none is closed now.</returns>
    public bool TryTakeBatch(BatchWorker worker)
    {
        IQueueWorker? further;
        lock (_gate)
        {
            if (_isPaused || _batches!.CountClosed() == 0)
            {
                return false;
            }

            worker.TakeUnderLock(_batches.Take());
            _retriesDue = _retries.Count;
            further = AddWorkerUnderLock();
        }

        Start(further);
        if (_publishersWaiting != 0)
        {
            Admit();
        }

        return true;
    }

    /// <summary>Lets events wait for others no longer, because the bus drains.</summary>
    public void Hurry()
    {
        IQueueWorker? worker = null;
        lock (_gate)
        {
            if (_batches is not null)
            {
                _batches.Hurry();
                worker = AddWorkerUnderLock();
            }
        }

        Start(worker);
    }

    /// <summary>Lets the next event of a lane go, its predecessor having ended; or parks those behind it.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="letter">What the predecessor became; null after a success.</param>
    /// <param name="byWorker">Whether a worker says so that looks for something to do next.</param>
    public void Leave(Lane lane, DeadLetter? letter, bool byWorker)
    {
        LaneStep step;
        IQueueWorker? worker;
        lock (_gate)
        {
            step = _lanes!.Leave(lane, letter);
            worker = GoOnUnderLock(step, byWorker);
        }

        Start(worker);
        GoOn(lane, step);
    }

    /// <summary>Puts deliveries back that were taken with an earlier one of their lane, which has failed: they follow when that has ended.</summary>
    /// <returns>False where the queue is closed: then they stay the caller's.</returns>
    public bool TryReturn(Lane lane, IReadOnlyList<Delivery> deliveries)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            _lanes!.Return(lane, deliveries);
            return true;
        }
    }

    /// <summary>Goes on with a lane, where it has waited for a letter to be safe.</summary>
    public void Leave(ParkingPlace place, DeadLetter? letter)
    {
        LaneStep step;
        IQueueWorker? worker;
        lock (_gate)
        {
            step = _lanes!.Leave(place, letter);
            worker = GoOnUnderLock(step, byWorker: false);
        }

        Start(worker);
        GoOn(place.Lane, step);
    }

    /// <summary>Goes on with a lane where somebody has discarded the letter that it is parked behind.</summary>
    public void Forget(Guid letter)
    {
        Lane? lane = null;
        LaneStep step;
        IQueueWorker? worker;
        lock (_gate)
        {
            step = _lanes?.Forget(letter, out lane) ?? default;
            worker = GoOnUnderLock(step, byWorker: false);
        }

        Start(worker);
        if (lane is not null)
        {
            GoOn(lane, step);
        }
    }

    /// <summary>Whether further events of a key must wait among the dead letters.</summary>
    public bool IsParked(object? key)
    {
        lock (_gate)
        {
            return _lanes?.IsParked(key) == true;
        }
    }

    /// <summary>The letter behind which a key is parked; null where it is not.</summary>
    public Guid? FirstLetterOf(object? key)
    {
        lock (_gate)
        {
            return _lanes?.FirstLetterOf(key);
        }
    }

    /// <summary>Goes on with a lane after a parked letter that was released.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="delivery">The letter's; null where it was gone.</param>
    /// <returns>False where the queue is closed.</returns>
    public bool TryReadmit(Lane lane, Delivery? delivery)
    {
        LaneStep step;
        IQueueWorker? worker;
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            // It was accepted before, so no bound holds it back.
            step = _lanes!.Readmit(lane, delivery);
            worker = GoOnUnderLock(step, byWorker: false);
        }

        if (delivery is not null)
        {
            _deliverer.Observe(DeliveryStage.Accepted, delivery);
            _deliverer.NoteRedriven(delivery);
        }

        Start(worker);
        GoOn(lane, step);
        return true;
    }

    /// <summary>Notes that a started worker has begun.</summary>
    public void NoteBegun()
    {
        lock (_gate)
        {
            _workers.NoteBegun();
        }
    }

    /// <summary>Lets a worker end that has found nothing to take.</summary>
    /// <returns>False where something has come meanwhile: it must go on.</returns>
    public bool TryEnd(IQueueWorker worker)
    {
        bool isLast;
        lock (_gate)
        {
            if (!_isPaused && ReadyUnderLock() > 0)
            {
                return false;
            }

            _workers.End(worker);
            isLast = _workers.Working == 0;
            if (isLast && HasWaiting)
            {
                HoldUnderLock();
            }

            _events.Clear();
        }

        if (isLast)
        {
            _deliverer.Counters.QueueEmptied();
        }

        return true;
    }

    /// <summary>Lets go of the events that were taken: a worker waits, and others may never come to an end.</summary>
    public void ClearTaken()
    {
        lock (_gate)
        {
            _events.Clear();
        }
    }

    /// <summary>Takes nothing more.</summary>
    /// <returns>What was queued: counted as running from now on, and the caller's to end. Waiting publishers are told.</returns>
    public IReadOnlyList<Delivery> Close()
    {
        List<Delivery> left = [];
        List<WaitingPublisher> publishers;
        bool held;
        lock (_gate)
        {
            _isClosed = true;
            foreach (Delivery retry in _retries)
            {
                _deliverer.Counters.Started();
                left.Add(retry);
            }

            _retries.Clear();
            _retriesDue = 0;
            long seen = 0;
            while (_events.TryTake(ref seen, out QueuedEvent @event))
            {
                TakeOver(@event);
            }

            foreach (QueuedEvent @event in _lanes?.TakeAll() ?? [])
            {
                TakeOver(@event);
            }


            publishers = [.. _publishers];
            _publishers.Clear();
            _publishersWaiting = 0;
            held = _holds;
            _holds = false;
            _batches?.Stop();
        }

        if (held)
        {
            _deliverer.Counters.Released();
        }

        publishers.ForEach(static publisher => publisher.Outcome.TrySetResult(DispatchOutcome.Closed));
        return left;

        void TakeOver(in QueuedEvent @event)
        {
            left.Add(@event.TakeOver(_deliverer));
        }
    }

    /// <summary>Lets workers take nothing more, until <see cref="Unpause"/>.</summary>
    public void Pause(PauseMode mode)
    {
        lock (_gate)
        {
            PauseUnderLock(mode);
        }
    }

    /// <summary>The same, if nothing is queued or under way at this moment.</summary>
    public bool TryPauseAtRest(PauseMode mode)
    {
        lock (_gate)
        {
            if (HasWaiting || _workers.Working > 0 || !_deliverer.Counters.Pending.IsNone)
            {
                return false;
            }

            PauseUnderLock(mode);
            return true;
        }
    }

    /// <summary>Lets workers go on.</summary>
    public void Unpause()
    {
        List<IQueueWorker> workers = [];
        lock (_gate)
        {
            _isPaused = false;
            while (!_isClosed && AddWorkerUnderLock() is { } worker)
            {
                workers.Add(worker);
            }

            if (_workers.Working > 0)
            {
                // One that was at work all the while takes what was held, and none may have been started for it.
                ReleaseUnderLock();
            }
        }

        workers.ForEach(Start);
    }

    /// <summary>The attempts under way.</summary>
    public IReadOnlyList<Attempt> RunningAttempts()
    {
        MakeWorkersVisible();
        return [.. _workers.All.Select(static worker => worker.CurrentAttempt).OfType<Attempt>()];
    }

    /// <summary>Takes from the workers what they are at. They will find that it is theirs no more.</summary>
    /// <returns>The caller's to end.</returns>
    public IReadOnlyList<Delivery> TakeRunning()
    {
        // Seen by every worker that has not come to the end of its handler: see QueueWorker.TryEndHandling.
        _isGivingUp = true;
        MakeWorkersVisible();
        List<Delivery> taken = [];
        bool isLast = false;
        lock (_gate)
        {
            foreach (IQueueWorker worker in _workers.All)
            {
                if (worker.CurrentDeliveries is { Count: > 0 } deliveries)
                {
                    taken.AddRange(deliveries);
                }
                else if (worker.GiveUpUnderLock() is { } given)
                {
                    // What it still does is no work of the queue's any more.
                    _workers.Lose();
                    isLast = _workers.Working == 0;
                    taken.Add(given);
                }
            }
        }

        if (isLast)
        {
            _deliverer.Counters.QueueEmptied();
        }

        return [.. taken.Where(static each => !each.IsSettled)];
    }

    /// <summary>Whether a worker still has what it was at, once somebody <see cref="IsGivingUp"/>.</summary>
    public bool TryKeep(QueueWorker worker)
    {
        lock (_gate)
        {
            if (worker.TryKeepUnderLock())
            {
                return true;
            }

            if (_workers.Working == 0)
            {
                _deliverer.Counters.QueueFilled();
            }

            _workers.Regain();
            return false;
        }
    }

    (long Accepted, long Started, long Succeeded) IQueuedCount.Read()
    {
        int reads = 0;
        while (true)
        {
            // Against the way of an event: none may be found at a later step and not at an earlier one.
            long before = Taken;
            long succeeded = _workers.Succeeded;
            long taken = Taken;
            long added = _lanes?.Added ?? _events.Added;
            if ((before == taken && taken == Taken) || reads == MostReads)
            {
                return (added, taken, succeeded);
            }

            // While it was read, events went by, and would seem to be running or queued all at once.
            reads++;
            Thread.SpinWait(1);
        }
    }

    private async ValueTask<AttemptResult> ResumeAsync(Delivery delivery)
    {
        TaskCompletionSource<AttemptResult> resumption = new(TaskCreationOptions.RunContinuationsAsynchronously);
        delivery.Resumption = resumption;
        if (!TryAddAgain(delivery))
        {
            delivery.Resumption = null;
            return new AttemptResult(delivery, FailureKind.Stopped, null);
        }

        return await resumption.Task.ConfigureAwait(Continuation.Capture);
    }

    // It was accepted before, so no bound holds it back. False where the queue is closed.
    private bool TryAddAgain(Delivery delivery)
    {
        IQueueWorker? worker;
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            _batches?.NoteRetry();
            _retries.Enqueue(delivery);
            _retriesDue = _retries.Count;
            worker = AddWorkerUnderLock();

            // After there is a worker for it: nobody may take the bus for idle in between.
            _deliverer.Counters.QueuedAgain();
        }

        Start(worker);
        return true;
    }

    // Outside the lock, which a worker may need on its way.
    private void MakeWorkersVisible()
    {
        Interlocked.MemoryBarrierProcessWide();
        foreach (IQueueWorker worker in _workers.All)
        {
            worker.WaitUntilVisible();
        }
    }

    private static void Start(IQueueWorker? worker)
    {
        if (worker is not null)
        {
            Continuation.Start(worker);
        }
    }

    private void PauseUnderLock(PauseMode mode)
    {
        _isPaused = true;
        _pauseMode = mode;
        if (HasWaiting)
        {
            HoldUnderLock();
        }
    }

    private void HoldUnderLock()
    {
        if (!_holds)
        {
            _holds = true;
            _deliverer.Counters.Held();
        }
    }

    // A worker has it now, and counts as pending itself.
    private void ReleaseUnderLock()
    {
        if (_holds)
        {
            _holds = false;
            _deliverer.Counters.Released();
        }
    }

    private object? KeyOf(in QueuedEvent @event) => @event.Carrier switch
    {
        // Its key was asked for when the event was judged.
        Delivery delivery => delivery.Key,
        Envelope envelope => KeyOf(envelope.Event!),
        _ => KeyOf(@event.Event!),
    };

    private bool HasRoomUnderLock() => _lanes is null ? _events.HasRoom(_capacity) : _lanes.Added - Taken < _capacity;

    private IQueueWorker? AddUnderLock(QueuedEvent @event, object? key)
    {
        if (_batches is not null)
        {
            @event = _batches.Stamp(@event);
        }

        if (_lanes is null || _lanes.Add(ref @event, key))
        {
            _events.Add(@event);
        }

        return AddWorkerUnderLock();
    }

    // How much there is to begin: events, or closed batches.
    private long ReadyUnderLock() => _batches?.CountClosed() ?? _events.Count + _retries.Count;

    private void EndWait()
    {
        IQueueWorker? worker;
        lock (_gate)
        {
            worker = AddWorkerUnderLock();
        }

        Start(worker);
    }

    private IQueueWorker? GoOnUnderLock(in LaneStep step, bool byWorker)
    {
        if (!step.HasNext)
        {
            return null;
        }

        _events.Add(step.Next);

        // A worker that is about to look for something finds it by itself.
        return byWorker && _events.Count == 1 ? null : AddWorkerUnderLock();
    }

    // Where events only take turns, the next one of the lane goes to the end of the queue as soon as one is taken.
    private Lane? HoldBack(Lane lane)
    {
        if (_lanes!.GoesOneByOne)
        {
            return lane;
        }

        Leave(lane, letter: null, byWorker: false);
        return null;
    }

    private void GoOn(Lane lane, in LaneStep step)
    {
        if (step.Parked is { Count: > 0 } parked)
        {
            _ = _parking!.ParkAsync(parked);

            // What they leave is room, and no worker may come to take anything any more.
            Admit();
        }

        if (step.Released is { } letter)
        {
            _ = _parking!.ReleaseAsync(lane, letter);
        }
    }

    private IQueueWorker? AddWorkerUnderLock()
    {
        if (_isPaused)
        {
            if (HasWaiting)
            {
                HoldUnderLock();
            }

            return null;
        }

        bool isFirst = _workers.Working == 0;
        if (!_workers.MayStart(ReadyUnderLock()))
        {
            if (isFirst && HasWaiting)
            {
                HoldUnderLock();
            }

            return null;
        }

        if (isFirst)
        {
            _deliverer.Counters.QueueFilled();
        }

        ReleaseUnderLock();
        return _workers.Start();
    }

    private bool TryTakeRetry(out QueuedEvent @event)
    {
        lock (_gate)
        {
            if (!_retries.TryDequeue(out Delivery? delivery))
            {
                @event = default;
                return false;
            }

            _retriesDue = _retries.Count;
            _deliverer.Counters.Started();
            @event = new QueuedEvent(delivery);
            return true;
        }
    }

    private void Admit()
    {
        while (true)
        {
            WaitingPublisher first;
            IQueueWorker? worker = null;
            bool isParked;
            lock (_gate)
            {
                if (_publishers.First is not { } node || !HasRoomUnderLock())
                {
                    return;
                }

                first = node.Value;
                _publishers.RemoveFirst();
                _publishersWaiting = _publishers.Count;
                QueuedEvent @event = new(first.Delivery);
                isParked = _lanes?.MustPark(@event, first.Delivery.Key) == true;
                if (!isParked)
                {
                    worker = AddUnderLock(@event, first.Delivery.Key);
                }
            }

            Start(worker);
            first.Outcome.TrySetResult(isParked ? DispatchOutcome.Parked : DispatchOutcome.Accepted);
        }
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
            _publishersWaiting = _publishers.Count;
        }

        publisher.Outcome.TrySetResult(DispatchOutcome.Cancelled);
    }
}
