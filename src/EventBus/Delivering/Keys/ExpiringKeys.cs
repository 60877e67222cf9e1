using System.Diagnostics;

namespace EventBus.Delivering.Keys;

/// <summary>Keys that are remembered for a fixed time each, and leave no memory behind afterwards.</summary>
/// <remarks>
/// Thread-safe. All have the same time to live, so they expire in the order in which they came, and forgetting one costs the same however
/// many there are. Whoever comes by does it; where nobody does, a timer, which wakes once in a time to live at most and not at all while
/// no key is kept. A key's own hash code and equality are called under the lock.
/// </remarks>
internal sealed class ExpiringKeys<TKey> : IDisposable
    where TKey : notnull
{
    // Below this, what is given back is not worth the copying.
    private const int SmallestTrimmed = 1024;

    private readonly object _gate = new();
    private readonly TimeProvider _clock;
    private readonly TimeSpan _timeToLive;
    private readonly HashSet<TKey> _keys = [];

    // In UTC ticks, never falling but where the clock is set back: then a key is kept a little longer.
    private readonly Queue<(TKey Key, long ForgetAt)> _order = new();
    private long _lastForgetAt;
    private ITimer? _timer;
    private bool _isTimerSet;
    private bool _isDisposed;

    public ExpiringKeys(TimeProvider clock, TimeSpan timeToLive)
    {
        Debug.Assert(timeToLive > TimeSpan.Zero, "Checked with the options.");
        _clock = clock;
        _timeToLive = timeToLive;
    }

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _keys.Count;
            }
        }
    }

    /// <summary>Whether the key was added less than a time to live ago.</summary>
    public bool Contains(TKey key)
    {
        lock (_gate)
        {
            ForgetUnderLock();
            return _keys.Contains(key);
        }
    }

    /// <summary>Remembers a key from now on. One that is remembered already keeps its time.</summary>
    public void Add(TKey key)
    {
        lock (_gate)
        {
            ForgetUnderLock();
            if (_isDisposed || !_keys.Add(key))
            {
                return;
            }

            long now = _clock.GetUtcNow().UtcTicks;
            _lastForgetAt = now + Math.Min(_timeToLive.Ticks, DateTimeOffset.MaxValue.UtcTicks - now);
            _order.Enqueue((key, _lastForgetAt));
            SetTimerUnderLock();
        }
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
        lock (_gate)
        {
            _isTimerSet = false;
            ForgetUnderLock();
            if (_keys.Count > 0)
            {
                SetTimerUnderLock();
            }
        }
    }

    private void ForgetUnderLock()
    {
        if (_order.Count == 0)
        {
            return;
        }

        long now = _clock.GetUtcNow().UtcTicks;
        while (_order.TryPeek(out (TKey Key, long ForgetAt) first) && first.ForgetAt <= now)
        {
            _order.Dequeue();
            _keys.Remove(first.Key);
        }

        // At a quarter of what there is room for, and down to a half: the next trim is far away, whatever comes or goes.
        if (_keys.Capacity > SmallestTrimmed && _keys.Count <= _keys.Capacity / 4)
        {
            _keys.TrimExcess(_keys.Count * 2);
            _order.TrimExcess(_keys.Count * 2);
        }
    }

    // For the last key there is now: the earlier ones are forgotten with it at the latest, and a stream of keys wakes nobody each time.
    private void SetTimerUnderLock()
    {
        if (_isTimerSet || _isDisposed)
        {
            return;
        }

        if (_timer is null)
        {
            using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
            _timer = _clock.CreateTimer(
                static state => ((ExpiringKeys<TKey>)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        _isTimerSet = true;
        _timer.Change(TimerSpan.Until(new DateTimeOffset(_lastForgetAt, TimeSpan.Zero), _clock), Timeout.InfiniteTimeSpan);
    }
}
