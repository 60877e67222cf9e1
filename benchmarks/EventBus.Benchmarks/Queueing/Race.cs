using EventBus.Benchmarks.Peers;

namespace EventBus.Benchmarks.Queueing;

/// <summary>From the first publish to the last handled event.</summary>
internal sealed class Race(int producers) : IAsyncDisposable
{
    private readonly Measured _event = new(1);
    private readonly Cleanup _cleanup = new();

    public Countdown Countdown { get; } = new();

    /// <summary>Ends a peer with the benchmark.</summary>
    public T Owns<T>(T peer)
        where T : IAsyncDisposable => _cleanup.Owns(peer);

    /// <param name="door">Where all producers publish.</param>
    /// <param name="events">How many, of which each producer publishes its share.</param>
    public async Task RunAsync<TDoor>(TDoor door, int events)
        where TDoor : struct, IDoor
    {
        int share = events / producers;
        Countdown.Start(share * producers);
        await Task.WhenAll(Enumerable.Range(0, producers).Select(_ => Task.Run(() => ProduceAsync(door, share))));
        await Countdown.Ended;
    }

    public async ValueTask DisposeAsync()
    {
        await _cleanup.DisposeAsync();
        Countdown.Check();
    }

    private async Task ProduceAsync<TDoor>(TDoor door, int events)
        where TDoor : struct, IDoor
    {
        for (int i = 0; i < events; i++)
        {
            await door.PublishAsync(_event);
        }
    }
}
