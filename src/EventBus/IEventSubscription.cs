namespace EventBus;

/// <summary>A subscription made while the program runs. Disposing it ends it.</summary>
/// <remarks>
/// After <see cref="IAsyncDisposable.DisposeAsync"/> has been called, no publish that begins later reaches the handler. What the
/// subscription had already accepted is still delivered, retries included, and the returned task ends when that is done.
/// It waits, too, for every publish that had begun before, of whatever event: one of those may still see the subscription.
/// Disposing from inside a handler, its own or another's, returns at once. Disposing twice does nothing.
/// </remarks>
public interface IEventSubscription : IAsyncDisposable
{
    /// <summary>The name under which dead letters, metrics and configuration know the subscription.</summary>
    string Name { get; }
}
