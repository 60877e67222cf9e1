using EventBus.Benchmarks.Handling;

namespace EventBus.Benchmarks.Peers;

/// <summary>The least that C# can do: calls one delegate after the other, and awaits one only if it must.</summary>
internal readonly struct DelegateLoop(IEnumerable<Handler> handlers) : IDoor
{
    private readonly Func<Measured, CancellationToken, ValueTask>[] _handlers =
        [.. handlers.Select(static handler => (Func<Measured, CancellationToken, ValueTask>)handler.HandleAsync)];

    public ValueTask PublishAsync(Measured @event)
    {
        Func<Measured, CancellationToken, ValueTask>[] handlers = _handlers;
        for (int i = 0; i < handlers.Length; i++)
        {
            ValueTask handling = handlers[i](@event, CancellationToken.None);
            if (!handling.IsCompletedSuccessfully)
            {
                return i == handlers.Length - 1 ? handling : FinishAsync(handlers, i, handling, @event);
            }
        }

        return default;
    }

    private static async ValueTask FinishAsync(
        Func<Measured, CancellationToken, ValueTask>[] handlers, int i, ValueTask handling, Measured @event)
    {
        await handling;
        while (++i < handlers.Length)
        {
            await handlers[i](@event, CancellationToken.None);
        }
    }
}
