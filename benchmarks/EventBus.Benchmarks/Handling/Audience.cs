namespace EventBus.Benchmarks.Handling;

/// <summary>One benchmark's handlers, what delivers to them, and the event, which is counted each time it is taken.</summary>
internal sealed class Audience : IAsyncDisposable
{
    private readonly Measured _event = new(1);
    private readonly Cleanup _cleanup = new();
    private long _published;

    private Audience(IReadOnlyList<Handler> handlers)
    {
        Handlers = handlers;
        foreach (Handler handler in handlers)
        {
            handler.Handled = 0;
        }
    }

    public IReadOnlyList<Handler> Handlers { get; }

    /// <summary>So many handlers that do the same, each of a type of its own; at most 64.</summary>
    public static Audience Of<TWork>(int handlers)
        where TWork : struct, IWork => new([.. Enumerable.Range(0, handlers).Select(Handler.Of<TWork>)]);

    /// <summary>Ends something, such as a peer, with the benchmark.</summary>
    public T Owns<T>(T owned)
        where T : IAsyncDisposable => _cleanup.Owns(owned);

    /// <summary>The event, to be published once.</summary>
    public Measured Next()
    {
        _published++;
        return _event;
    }

    /// <summary>Ends the benchmark.</summary>
    /// <exception cref="InvalidOperationException">A handler missed events: what was measured was not the work.</exception>
    public async ValueTask DisposeAsync()
    {
        await _cleanup.DisposeAsync();
        foreach (Handler handler in Handlers)
        {
            if (handler.Handled != _published || _published == 0)
            {
                throw new InvalidOperationException($"Of {_published} events a handler got {handler.Handled}.");
            }
        }
    }
}
