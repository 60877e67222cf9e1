namespace EventBus.Publishing;

/// <summary>The stable name that the application chose for an event type.</summary>
internal sealed record EventName(Type Type, string Name);
