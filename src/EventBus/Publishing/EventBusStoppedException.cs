namespace EventBus.Publishing;

/// <summary>The bus takes no more events: it is stopping or has stopped.</summary>
public sealed class EventBusStoppedException : InvalidOperationException
{
    /// <summary>Makes the exception for something that was refused.</summary>
    /// <param name="refused">What was refused, as the start of a sentence: "The event 'orders.placed'".</param>
    public EventBusStoppedException(string refused)
        : base($"{refused} was refused because the bus is stopping or has stopped. " +
            "What it had accepted before is delivered or dead-lettered. " +
            "Stop publishing first: register the publishing service after AddEventBus, so that the host stops it earlier.")
    {
    }
}
