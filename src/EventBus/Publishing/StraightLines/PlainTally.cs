using EventBus.Delivering;
using EventBus.Subscriptions;

namespace EventBus.Publishing.StraightLines;

/// <summary>All publishes along one route table on the straight line, by thread; the sum is taken when somebody asks.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class PlainTally
{
    private readonly object _gate = new();
    private readonly object _table;
    private readonly Subscription[] _subscriptions;
    private readonly PlainCount[] _counts;
    private readonly bool _countsEach;
    private readonly List<PlainRuns> _runs = [];

    // Of threads that have ended.
    private long _ended;

    /// <param name="table">The route table.</param>
    /// <param name="subscriptions">Of its routes, in their order; empty where somebody else counts their deliveries.</param>
    /// <param name="countsEach">Whether a filter decides of any of them.</param>
    public PlainTally(object table, Subscription[] subscriptions, bool countsEach)
    {
        _table = table;
        _subscriptions = subscriptions;
        _countsEach = countsEach;
        _counts = [.. subscriptions.Select((_, place) => new PlainCount(this, place))];
    }

    /// <summary>Publishes in which everything completed at once.</summary>
    public long Ended
    {
        get
        {
            lock (_gate)
            {
                return _ended + _runs.Sum(static run => Volatile.Read(ref run.Ended));
            }
        }
    }

    /// <summary>Lets the subscriptions count what is counted here.</summary>
    public void Enter()
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            _subscriptions[i].Counters.AddPlain(_counts[i]);
        }
    }

    /// <summary>Gives the counts over, when no publish can see the table any more.</summary>
    /// <returns><see cref="Ended"/>, which will not change any more.</returns>
    public long Settle()
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            _subscriptions[i].Counters.SettlePlain(_counts[i]);
        }

        Release();
        return Ended;
    }

    /// <summary>Lets go of the table: what the threads keep must not keep it alive.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _runs.ForEach(static run => run.Release());
        }
    }

    /// <summary>The runs of the calling thread.</summary>
    public PlainRuns OfThisThread()
    {
        lock (_gate)
        {
            PlainRuns? found = _runs.Find(static run => run.Thread == Thread.CurrentThread);
            if (found is null)
            {
                DropEndedThreadsUnderLock();
                _runs.Add(found = new PlainRuns(_table, _counts.Length, _countsEach));
            }

            return found;
        }
    }

    /// <summary>Adds the runs of which a publish is, or may be, under way.</summary>
    public void AddUnderWay(List<PlainRuns> runs)
    {
        lock (_gate)
        {
            foreach (PlainRuns run in _runs)
            {
                if (!run.IsQuiet)
                {
                    runs.Add(run);
                }
            }
        }
    }

    private void DropEndedThreadsUnderLock()
    {
        for (int i = _runs.Count - 1; i >= 0; i--)
        {
            PlainRuns run = _runs[i];
            if (run.Thread.IsAlive)
            {
                continue;
            }

            _ended += run.Ended;
            foreach (PlainCount count in _counts)
            {
                count.Keep(run);
            }

            _runs.RemoveAt(i);
        }
    }

    /// <summary>What one route's subscription has of it.</summary>
    private sealed class PlainCount(PlainTally tally, int place) : IPlainCount
    {
        private long _succeeded;
        private long _filtered;

        public long Succeeded => Sum(ref _succeeded, static (run, place) => run.Succeeded is { } each
            ? Volatile.Read(ref each[place])
            : Volatile.Read(ref run.Ended));

        public long Filtered => Sum(ref _filtered, static (run, place) => run.Filtered is { } each ? Volatile.Read(ref each[place]) : 0);

        public void Keep(PlainRuns run)
        {
            _succeeded += run.Succeeded is { } succeeded ? succeeded[place] : run.Ended;
            _filtered += run.Filtered is { } filtered ? filtered[place] : 0;
        }

        private long Sum(ref long kept, Func<PlainRuns, int, long> read)
        {
            lock (tally._gate)
            {
                long sum = kept;
                foreach (PlainRuns run in tally._runs)
                {
                    sum += read(run, place);
                }

                return sum;
            }
        }
    }
}
