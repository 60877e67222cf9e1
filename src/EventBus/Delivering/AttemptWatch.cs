using System.Diagnostics;

namespace EventBus.Delivering;

/// <summary>Fires the tokens of one subscription's attempts when their time is up, and gives up on those that go on regardless.</summary>
/// <remarks>
/// All attempts of a subscription have the same timeout, so each list is nearly in order of its deadlines by itself (a handler may have
/// been told its deadline before it is watched): adding and removing cost the same however many run, and one timer serves all. No timer
/// runs while nothing is watched.
/// Thread-safe. Tokens fire and callbacks run outside the lock.
/// </remarks>
internal sealed class AttemptWatch : IDisposable
{
    private readonly object _gate = new();
    private readonly TimeProvider _clock;
    private readonly TimeSpan _timeout;
    private readonly TimeSpan _abandonAfter;
    private ITimer? _timer;

    // First and last of the attempts before their timeout, and of those between their timeout and being given up.
    private AttemptList _running;
    private AttemptList _ending;
    private bool _isStopped;
    private bool _isDisposed;

    public AttemptWatch(TimeProvider clock, TimeSpan timeout, TimeSpan abandonAfter)
    {
        _clock = clock;
        _timeout = timeout;
        _abandonAfter = abandonAfter;
    }

    /// <summary>Starts counting an attempt's time, unless it is counted already.</summary>
    public void Add(Attempt attempt)
    {
        bool stopped;
        lock (_gate)
        {
            stopped = _isStopped;
            AddUnderLock(attempt);
        }

        if (stopped)
        {
            // The handler came to its first wait after the bus had fired every token there was.
            Stop();
        }
    }

    public DateTimeOffset? DeadlineOf(Attempt attempt)
    {
        if (_timeout == Timeout.InfiniteTimeSpan)
        {
            return null;
        }

        lock (_gate)
        {
            AddUnderLock(attempt);
            return attempt.Phase == WatchPhase.BeforeTimeout ? attempt.DueAt : attempt.DueAt - _abandonAfter;
        }
    }

    /// <summary>When the time of an attempt would be up that is watched from now on; null without a timeout.</summary>
    public DateTimeOffset? NextDue() => _timeout == Timeout.InfiniteTimeSpan ? null : After(_timeout);

    public void Remove(Attempt attempt)
    {
        lock (_gate)
        {
            if (attempt.Phase == WatchPhase.Unwatched)
            {
                return;
            }

            RemoveUnderLock(attempt);
            if (_running.First is null && _ending.First is null)
            {
                _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Fires the tokens of all attempts, now and from now on, because the bus stops.</summary>
    public void Stop()
    {
        List<Attempt> fired = [];
        lock (_gate)
        {
            _isStopped = true;
            while (_running.First is { } attempt)
            {
                attempt.IsStopped = true;
                MoveToEndingUnderLock(attempt);
                fired.Add(attempt);
            }

            ScheduleUnderLock();
        }

        fired.ForEach(Continuation.Start);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _timer?.Dispose();
        }
    }

    private void OnTimer()
    {
        List<Attempt> fired = [];
        List<Attempt> abandoned = [];
        lock (_gate)
        {
            DateTimeOffset now = _clock.GetUtcNow();
            while (_running.First is { } attempt && attempt.DueAt <= now)
            {
                attempt.IsTimedOut = true;
                MoveToEndingUnderLock(attempt);
                fired.Add(attempt);
            }

            while (_ending.First is { } attempt && attempt.DueAt <= now)
            {
                RemoveUnderLock(attempt);
                abandoned.Add(attempt);
            }

            ScheduleUnderLock();
        }

        abandoned.ForEach(static attempt => attempt.Abandon());
        fired.ForEach(Continuation.Start);
    }

    private void AddUnderLock(Attempt attempt)
    {
        if (attempt.Phase != WatchPhase.Unwatched)
        {
            return;
        }

        attempt.DueAt = attempt.PromisedDueAt ?? NextDue() ?? DateTimeOffset.MaxValue;
        attempt.Phase = WatchPhase.BeforeTimeout;
        _running.Add(attempt);
        if (ReferenceEquals(_running.First, attempt))
        {
            ScheduleUnderLock();
        }
    }

    private void MoveToEndingUnderLock(Attempt attempt)
    {
        _running.Remove(attempt);
        attempt.Phase = WatchPhase.BeforeAbandonment;
        attempt.DueAt = After(_abandonAfter);
        _ending.Add(attempt);
    }

    private void RemoveUnderLock(Attempt attempt)
    {
        Debug.Assert(attempt.Phase != WatchPhase.Unwatched, "Only a watched attempt is in a list.");
        if (attempt.Phase == WatchPhase.BeforeTimeout)
        {
            _running.Remove(attempt);
        }
        else
        {
            _ending.Remove(attempt);
        }

        attempt.Phase = WatchPhase.Unwatched;
    }

    private DateTimeOffset After(TimeSpan wait)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        return wait < DateTimeOffset.MaxValue - now ? now + wait : DateTimeOffset.MaxValue;
    }

    private void ScheduleUnderLock()
    {
        DateTimeOffset due = DateTimeOffset.MaxValue;
        if (_running.First is { } running)
        {
            due = running.DueAt;
        }

        if (_ending.First is { } ending && ending.DueAt < due)
        {
            due = ending.DueAt;
        }

        TimerUnderLock()?.Change(TimerSpan.Until(due, _clock), Timeout.InfiniteTimeSpan);
    }

    // Made for the first handler that waits. None after the end, when a handler may still be at it.
    private ITimer? TimerUnderLock()
    {
        if (_timer is null && !_isDisposed)
        {
            using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
            _timer = _clock.CreateTimer(
                static state => ((AttemptWatch)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        return _timer;
    }

    /// <summary>A doubly linked list whose links are in the attempts: nothing is allocated to watch one.</summary>
    private struct AttemptList
    {
        private Attempt? _last;

        public Attempt? First { get; private set; }

        public void Add(Attempt attempt)
        {
            Attempt? earlier = _last;
            while (earlier is not null && earlier.DueAt > attempt.DueAt)
            {
                earlier = earlier.Earlier;
            }

            attempt.Earlier = earlier;
            attempt.Later = earlier is null ? First : earlier.Later;
            if (earlier is null)
            {
                First = attempt;
            }
            else
            {
                earlier.Later = attempt;
            }

            if (attempt.Later is null)
            {
                _last = attempt;
            }
            else
            {
                attempt.Later.Earlier = attempt;
            }
        }

        public void Remove(Attempt attempt)
        {
            if (attempt.Earlier is null)
            {
                First = attempt.Later;
            }
            else
            {
                attempt.Earlier.Later = attempt.Later;
            }

            if (attempt.Later is null)
            {
                _last = attempt.Earlier;
            }
            else
            {
                attempt.Later.Earlier = attempt.Earlier;
            }

            attempt.Earlier = null;
            attempt.Later = null;
        }
    }
}
