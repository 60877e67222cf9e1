using Microsoft.Extensions.Time.Testing;

namespace EventBus.Tests.Simulation;

/// <summary>
/// One thread, a fake clock and a seed in place of the thread pool: every continuation of the bus waits here, and the seed picks
/// which runs next. The same seed replays the same run.
/// </summary>
/// <param name="seed">Decides everything.</param>
/// <param name="priorityChanges">
/// Zero: each step is any of those that are ready. Otherwise each flow has a priority of its own, the highest that is ready runs, and that
/// often the one that runs becomes the last of all: so long delays of one flow come up that picking at random hardly ever makes
/// (Burckhardt et al., A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs, 2010).
/// </param>
internal sealed class SimulatedScheduler(int seed, int priorityChanges = 0) : SynchronizationContext
{
    private const int MostSteps = 200_000;
    private const int MostIdleTicks = 100_000;

    // Steps among which the priorities change: races are run with few steps.
    private const int ChangesWithin = 60;

    private readonly List<(SendOrPostCallback Callback, object? State, int Priority)> _ready = [];
    private readonly List<int> _changesLeft = [];
    private int _steps;
    private int _lowest;
    private int? _inherited;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly List<string> _trace = [];

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    public Random Random { get; } = new(seed);

    public IReadOnlyList<string> Trace => _trace;

    /// <summary>Whether anything ran on another thread: then the run cannot be replayed.</summary>
    public bool HasEscaped { get; private set; }

    public override void Post(SendOrPostCallback d, object? state)
    {
        HasEscaped |= Environment.CurrentManagedThreadId != _thread;
        lock (_ready)
        {
            _ready.Add((d, state, TakePriority()));
        }
    }

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    public override SynchronizationContext CreateCopy() => this;

    public void Note(string step)
    {
        HasEscaped |= Environment.CurrentManagedThreadId != _thread;
        _trace.Add(step);
    }

    /// <summary>Runs a whole scenario, and turns the clock whenever nothing is left to do.</summary>
    public void Run(Func<Task> scenario, Action check)
    {
        SynchronizationContext? outer = Current;
        SetSynchronizationContext(this);
        try
        {
            Task running = scenario();
            int idleTicks = 0;
            for (int step = 0; !running.IsCompleted; step++)
            {
                Assert.True(step < MostSteps, "The scenario does not end.");
                if (RunOne())
                {
                    idleTicks = 0;
                    check();
                }
                else
                {
                    Clock.Advance(TimeSpan.FromMilliseconds(50));
                    Assert.True(++idleTicks < MostIdleTicks, "The scenario waits for something that never comes.");
                }
            }

            running.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }

    private bool RunOne()
    {
        (SendOrPostCallback Callback, object? State, int Priority) next;
        lock (_ready)
        {
            if (_ready.Count == 0)
            {
                return false;
            }

            int i = priorityChanges == 0 ? Random.Next(_ready.Count) : FindHighest();
            next = _ready[i];
            _ready[i] = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
            _inherited = _changesLeft.Remove(_steps++) ? --_lowest : next.Priority;
        }

        next.Callback(next.State);
        return true;
    }

    // The first that a step leaves behind goes on with its flow; what it starts besides is a flow of its own.
    private int TakePriority()
    {
        if (priorityChanges == 0)
        {
            return 0;
        }

        int priority = _inherited ?? Random.Next(1, 1_000_000);
        _inherited = null;
        return priority;
    }

    private int FindHighest()
    {
        if (_steps == 0)
        {
            _changesLeft.AddRange(Enumerable.Range(0, priorityChanges).Select(_ => Random.Next(ChangesWithin)));
        }

        int highest = 0;
        for (int i = 1; i < _ready.Count; i++)
        {
            highest = _ready[i].Priority > _ready[highest].Priority ? i : highest;
        }

        return highest;
    }
}
