using EventBus.Benchmarks.Handling;
using Mediator;

namespace EventBus.Benchmarks.Peers;

/// <summary>The same as <see cref="DelegateLoop"/> over objects behind an interface, where all complete at once.</summary>
internal readonly struct InterfaceLoop(IEnumerable<Handler> handlers) : IDoor
{
    private readonly INotificationHandler<Measured>[] _handlers = [.. handlers.Cast<INotificationHandler<Measured>>()];

    public ValueTask PublishAsync(Measured @event)
    {
        foreach (INotificationHandler<Measured> handler in _handlers)
        {
            handler.Handle(@event, CancellationToken.None).End();
        }

        return default;
    }
}
