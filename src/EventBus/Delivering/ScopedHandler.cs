using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Delivering;

/// <summary>Calls a handler class: a DI scope and an instance of its own for each attempt.</summary>
internal sealed class ScopedHandler<TEvent, THandler>(IServiceScopeFactory scopes) : IScopedHandler
    where TEvent : notnull
    where THandler : class, IEventHandler<TEvent>
{
    public ValueTask HandleAsync(TEvent @event, EventContext context, CancellationToken cancellationToken)
    {
        AsyncServiceScope scope = scopes.CreateAsyncScope();
        ValueTask handling;
        try
        {
            handling = scope.ServiceProvider.GetRequiredService<THandler>().HandleAsync(@event, context, cancellationToken);
        }
#pragma warning disable CA1031 // Passed on in the task, when the scope is disposed.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            handling = ValueTask.FromException(exception);
        }

        // ScopedHandlerBenchmarks: an async method for what completes at once costs a tenth of the whole.
        if (!handling.IsCompletedSuccessfully)
        {
            return FinishAsync(scope, handling);
        }

        handling.GetAwaiter().GetResult();
        return scope.DisposeAsync();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    [SuppressMessage("Reliability", "CA2012:Use ValueTasks correctly", Justification = "Handed over, and awaited once.")]
    private static async ValueTask FinishAsync(AsyncServiceScope scope, ValueTask handling)
    {
        await using (scope.ConfigureAwait(Continuation.Capture))
        {
            await handling.ConfigureAwait(Continuation.Capture);
        }
    }
}
