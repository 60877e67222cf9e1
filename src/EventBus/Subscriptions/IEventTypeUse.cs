namespace EventBus.Subscriptions;

/// <summary>What is done with the event type of a subscription that is known only at run time.</summary>
internal interface IEventTypeUse<out TResult>
{
    TResult Use<TEvent>()
        where TEvent : notnull;
}
