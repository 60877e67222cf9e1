using EventBus.Benchmarks.Handling;
using MassTransit;

namespace EventBus.Benchmarks.Peers;

/// <summary>A handler as MassTransit's mediator makes it for each event.</summary>
internal sealed class MassTransitConsumer<TMark, TWork> : IConsumer<Measured>
    where TMark : struct
    where TWork : struct, IWork
{
    public Task Consume(ConsumeContext<Measured> context) =>
        Handler<TMark, TWork>.Shared.HandleAsync(context.Message, context.CancellationToken).AsTask();
}
