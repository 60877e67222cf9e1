namespace EventBus.Awaiting;

/// <summary>Is shown each event that a <see cref="Lookout{TEvent}"/> sees.</summary>
internal interface IOnlooker<TEvent>
{
    /// <summary>Shows an event, from many threads at once. Must not throw, nor wait.</summary>
    void See(TEvent @event, EventContext context);
}
