namespace EventBus.Benchmarks.Startup;

/// <summary>One of the start-up's handler classes.</summary>
internal sealed class Reaction<TEvent, TMark>(Tally tally) : IEventHandler<TEvent>
    where TEvent : notnull
{
    public ValueTask HandleAsync(TEvent @event, EventContext context, CancellationToken cancellationToken)
    {
        tally.Add();
        return default;
    }
}
