using MassTransit;
using Mediator;

namespace EventBus.Benchmarks.Handling;

/// <summary>A handler class with one scoped dependency, by everybody's interface. Wolverine finds it by the name of its method.</summary>
public sealed class ScopedHandler(Store store) : IEventHandler<Measured>, INotificationHandler<Measured>, IConsumer<Measured>
{
    public ValueTask Handle(Measured notification, CancellationToken cancellationToken)
    {
        store.Add(notification);
        return default;
    }

    ValueTask IEventHandler<Measured>.HandleAsync(Measured @event, EventContext context, CancellationToken cancellationToken)
    {
        store.Add(@event);
        return default;
    }

    Task IConsumer<Measured>.Consume(ConsumeContext<Measured> context)
    {
        store.Add(context.Message);
        return Task.CompletedTask;
    }
}
