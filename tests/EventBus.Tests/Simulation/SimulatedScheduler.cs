using Microsoft.Extensions.Time.Testing;

namespace EventBus.Tests.Simulation;

/// <summary>
/// One thread, a fake clock and a seed in place of the thread pool: every continuation of the bus waits here, and the seed picks
/// which runs next. The same seed replays the same run.
/// </summary>
internal sealed class SimulatedScheduler(int seed) : SynchronizationContext
{
    private const int MostSteps = 200_000;
    private const int MostIdleTicks = 100_000;

    private readonly List<(SendOrPostCallback Callback, object? State)> _ready = [];
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
            _ready.Add((d, state));
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
        (SendOrPostCallback Callback, object? State) next;
        lock (_ready)
        {
            if (_ready.Count == 0)
            {
                return false;
            }

            int i = Random.Next(_ready.Count);
            next = _ready[i];
            _ready[i] = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
        }

        next.Callback(next.State);
        return true;
    }
}
