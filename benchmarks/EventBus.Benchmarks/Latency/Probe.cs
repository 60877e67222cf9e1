using System.Diagnostics;
using EventBus.Benchmarks.Peers;

namespace EventBus.Benchmarks.Latency;

/// <summary>Publishes events at an even pace, and knows when each was published and handled.</summary>
internal sealed class Probe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // A sleep can take so long, and a thread that gives way to another so long.
    private static readonly long LongestSleep = Stopwatch.Frequency / 500;
    private static readonly long LongestYield = Stopwatch.Frequency / 50_000;

    private readonly Measured[] _events;
    private readonly long[] _published;
    private readonly long[] _handled;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left;

    public Probe(int events)
    {
        _events = [.. Enumerable.Range(0, events).Select(static i => new Measured(i))];
        _published = new long[events];
        _handled = new long[events];
        _left = events;
    }

    /// <summary>What the queue calls. An event's value is its place.</summary>
    public void Handle(Measured @event)
    {
        _handled[@event.Value] = Stopwatch.GetTimestamp();
        if (Interlocked.Decrement(ref _left) == 0)
        {
            _ended.SetResult();
        }
    }

    /// <summary>Publishes all events and waits for the last handler.</summary>
    /// <exception cref="TimeoutException">Events were lost.</exception>
    public async Task RunAsync<TDoor>(TDoor door, int eventsPerSecond)
        where TDoor : struct, IDoor
    {
        await Task.Factory.StartNew(() => Produce(door, eventsPerSecond), TaskCreationOptions.LongRunning);
        await _ended.Task.WaitAsync(Patience);
    }

    public IEnumerable<double> Microseconds() => _published.Zip(_handled, static (published, handled) =>
        Stopwatch.GetElapsedTime(published, handled).TotalMicroseconds);

    private void Produce<TDoor>(TDoor door, int eventsPerSecond)
        where TDoor : struct, IDoor
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < _events.Length; i++)
        {
            WaitUntil(start + (i * Stopwatch.Frequency / eventsPerSecond));
            _published[i] = Stopwatch.GetTimestamp();
            ValueTask accepting = door.PublishAsync(_events[i]);
            if (!accepting.IsCompletedSuccessfully)
            {
                accepting.AsTask().GetAwaiter().GetResult();
            }
        }
    }

    private static void WaitUntil(long time)
    {
        while (true)
        {
            long left = time - Stopwatch.GetTimestamp();
            if (left <= 0)
            {
                return;
            }

            if (left > LongestSleep)
            {
                Thread.Sleep(1);
            }
            else if (left > LongestYield)
            {
                Thread.Yield();
            }
            else
            {
                Thread.SpinWait(10);
            }
        }
    }
}
