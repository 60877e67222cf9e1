using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Delivering;

/// <summary>Calls a handler class: a DI scope and an instance of its own for each attempt.</summary>
internal sealed class ScopedHandler<TEvent, THandler>(IServiceScopeFactory scopes)
    where TEvent : notnull
    where THandler : class, IEventHandler<TEvent>
{
    public async ValueTask HandleAsync(TEvent @event, EventContext context, CancellationToken cancellationToken)
    {
        AsyncServiceScope scope = scopes.CreateAsyncScope();
        await using (scope.ConfigureAwait(Continuation.Capture))
        {
            THandler handler = scope.ServiceProvider.GetRequiredService<THandler>();
            await handler.HandleAsync(@event, context, cancellationToken).ConfigureAwait(Continuation.Capture);
        }
    }
}
