namespace EventBus.Benchmarks.Handling;

/// <summary>A scoped dependency, such as a DbContext is.</summary>
public sealed class Store
{
    private static readonly Handler First = Handler.Of<Counting>(0);

    /// <summary>Has the first handler count the event.</summary>
    public void Add(Measured @event) => First.Handle(@event);
}
