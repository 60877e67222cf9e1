using Microsoft.Extensions.DependencyInjection;

namespace EventBus.Benchmarks.Startup;

/// <summary>A program that starts: 20 event types with ten handlers each, and then the first event.</summary>
internal interface IProgram
{
    /// <summary>Adds five handler classes and five lambdas for one event type.</summary>
    void Add<TEvent>(IServiceCollection services, Tally tally)
        where TEvent : notnull;

    /// <summary>Ends when the ten handlers have run.</summary>
    Task PublishAsync<TEvent>(IServiceProvider services, TEvent @event)
        where TEvent : notnull;
}
