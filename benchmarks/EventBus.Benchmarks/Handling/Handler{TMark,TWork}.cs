using CommunityToolkit.Mvvm.Messaging;
using Mediator;

namespace EventBus.Benchmarks.Handling;

/// <summary>One handler, also by the interfaces of those peers that take an object.</summary>
public sealed class Handler<TMark, TWork> : Handler, INotificationHandler<Measured>, IRecipient<Measured>
    where TMark : struct
    where TWork : struct, IWork
{
    /// <summary>The only one, so that peers that make their handlers themselves find it.</summary>
    public static readonly Handler<TMark, TWork> Shared = new();

    public override bool Wants(Measured @event) => @event.Value > 0;

    public override void Handle(Measured @event) => Handled += @event.Value;

    public override ValueTask HandleAsync(Measured @event, CancellationToken cancellationToken) =>
        TWork.DoAsync(this, @event);

    public override ValueTask HandleAsync(Measured @event, EventContext context, CancellationToken cancellationToken) =>
        TWork.DoAsync(this, @event);

    ValueTask INotificationHandler<Measured>.Handle(Measured notification, CancellationToken cancellationToken) =>
        TWork.DoAsync(this, notification);

    void IRecipient<Measured>.Receive(Measured message) => Handled += message.Value;
}
