namespace EventBus.Benchmarks;

/// <summary>What ends with a benchmark, the last first.</summary>
internal sealed class Cleanup : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _owned = [];

    public T Owns<T>(T owned)
        where T : IAsyncDisposable
    {
        _owned.Push(owned);
        return owned;
    }

    public async ValueTask DisposeAsync()
    {
        while (_owned.TryPop(out IAsyncDisposable? owned))
        {
            await owned.DisposeAsync();
        }
    }
}
