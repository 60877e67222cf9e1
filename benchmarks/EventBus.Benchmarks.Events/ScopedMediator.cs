using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Benchmarks;

/// <summary>Mediator with scoped handlers.</summary>
/// <remarks>
/// Its generator writes one Mediator for each assembly, with one lifetime for all handlers, and registers the handlers that it finds. Here it
/// finds none: each benchmark registers its own.
/// </remarks>
public static class ScopedMediator
{
    public static IServiceCollection AddScopedMediator(this IServiceCollection services) => services.AddMediator(static options =>
    {
        options.ServiceLifetime = ServiceLifetime.Scoped;
        options.Namespace = "EventBus.Benchmarks.Scoped";
        options.GenerateTypesAsInternal = true;
    });
}
