using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Delivering.Batches;

/// <summary>Calls a batch handler class: a DI scope and an instance of its own for each call.</summary>
internal sealed class ScopedBatchHandler<TEvent, THandler>(IServiceScopeFactory scopes)
    where TEvent : notnull
    where THandler : class, IBatchEventHandler<TEvent>
{
    public async ValueTask HandleAsync(IReadOnlyList<TEvent> events, BatchContext context, CancellationToken cancellationToken)
    {
        AsyncServiceScope scope = scopes.CreateAsyncScope();
        await using (scope.ConfigureAwait(Continuation.Capture))
        {
            await scope.ServiceProvider.GetRequiredService<THandler>().HandleAsync(events, context, cancellationToken)
                .ConfigureAwait(Continuation.Capture);
        }
    }
}
