namespace EventBus.Benchmarks.Startup;

/// <summary>Counts the handlers that ran.</summary>
internal sealed class Tally
{
    private int _count;

    public int Count => _count;

    public void Add() => Interlocked.Increment(ref _count);
}
