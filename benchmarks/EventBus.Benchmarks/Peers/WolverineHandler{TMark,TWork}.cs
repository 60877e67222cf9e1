using EventBus.Benchmarks.Handling;

namespace EventBus.Benchmarks.Peers;

/// <summary>A handler as Wolverine likes it best: a static method, found by its name.</summary>
public static class WolverineHandler<TMark, TWork>
    where TMark : struct
    where TWork : struct, IWork
{
    public static ValueTask HandleAsync(Measured @event, CancellationToken cancellationToken) =>
        Handler<TMark, TWork>.Shared.HandleAsync(@event, cancellationToken);
}
